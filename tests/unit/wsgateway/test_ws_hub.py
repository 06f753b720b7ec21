"""Who gets what from the hub."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schema.audiences import agent, sees
from wsgateway.hub import INBOX, Hub, Scope


class Reader:
    """A session that remembers what was written."""

    def __init__(self, user_id: str = "anna") -> None:
        self.user_id = user_id
        self.got = b""
        self.writes = 0

    def write(self, data: bytes) -> None:
        self.got += data
        self.writes += 1

    def sees(self, audience: str) -> bool:
        return sees(audience, (agent(self.user_id),))


def hub_of(*subscriptions: tuple[Reader, Scope]) -> Hub[Reader]:
    hub: Hub[Reader] = Hub()
    for reader, scope in subscriptions:
        hub.join(reader)
        hub.subscribe(reader, scope)
    return hub


def test_an_event_goes_to_its_conversation_and_to_the_inbox_only() -> None:
    one, two, inbox = Reader(), Reader(), Reader()
    hub_of((one, "1"), (two, "2"), (inbox, INBOX)).deliver([("1", b"a")])
    assert (one.got, two.got, inbox.got) == (b"a", b"", b"a")


def test_an_event_of_no_conversation_goes_to_the_inbox() -> None:
    one, inbox = Reader(), Reader()
    hub_of((one, "1"), (inbox, INBOX)).deliver([(None, b"a")])
    assert (one.got, inbox.got) == (b"", b"a")


def test_subscribed_to_both_means_once() -> None:
    both = Reader()
    hub_of((both, INBOX), (both, "1")).deliver([("1", b"a")])
    assert both.got == b"a"


def test_a_batch_is_one_write_for_each_who_wants_all_of_it() -> None:
    one, inbox = Reader(), Reader()
    hub = hub_of((one, "1"), (inbox, INBOX))
    hub.deliver([("1", b"a"), ("1", b"b"), ("2", b"c")])
    assert (one.got, one.writes) == (b"ab", 1)
    assert (inbox.got, inbox.writes) == (b"abc", 1)
    assert (hub.frames_delivered, hub.bytes_delivered) == (5, 5)


def test_an_event_that_not_all_may_see_goes_to_those_who_may() -> None:
    anna, bert, everything = Reader("anna"), Reader("bert"), Reader("anna")
    hub = hub_of((anna, "1"), (bert, "1"), (bert, INBOX), (everything, INBOX))
    hub.deliver([("1", b"a")], "agent:anna,team:7")
    hub.deliver([("1", b"b")], "team:7")
    hub.deliver([("1", b"c")])
    assert (anna.got, bert.got, everything.got) == (b"ac", b"c", b"ac")


def test_order_holds_across_conversations() -> None:
    reader = Reader()
    hub_of((reader, "1"), (reader, "2")).deliver([("1", b"a"), ("2", b"b"), ("1", b"c")])
    assert reader.got == b"abc"


def test_typing_goes_to_the_others() -> None:
    anna, annas_phone, bert, carla = Reader(), Reader(), Reader("bert"), Reader("carla")
    hub = hub_of((anna, "1"), (annas_phone, INBOX), (bert, "1"), (carla, INBOX))
    hub.deliver_to_others("1", b"t", "anna")
    assert [session.got for session in (anna, annas_phone, bert, carla)] == [b"", b"", b"t", b"t"]


def test_who_left_gets_nothing_and_leaves_nothing_behind() -> None:
    reader = Reader()
    hub = hub_of((reader, INBOX), (reader, "1"))
    assert (hub.subscriptions, list(hub.users)) == (2, ["anna"])
    hub.leave(reader, [INBOX, "1"])
    hub.deliver([("1", b"a")])
    hub.tell_subscribers(b"b")
    assert reader.got == b""
    assert (hub.subscriptions, list(hub.users), list(hub)) == (0, [], [])


def test_subscribing_twice_counts_and_delivers_once() -> None:
    reader = Reader()
    hub = hub_of((reader, "1"), (reader, "1"))
    hub.deliver([("1", b"a")])
    assert (reader.got, hub.subscriptions) == (b"a", 1)


scopes = st.sampled_from([INBOX, "1", "2", "3"])
deliveries = st.lists(st.lists(st.tuples(scopes, st.integers(0, 255).map(lambda n: bytes([n]))), max_size=6))


@given(st.lists(st.sets(scopes), max_size=5), deliveries)
def test_everyone_gets_exactly_what_they_want_in_order(
    wanted: list[set[Scope]], batches: list[list[tuple[Scope, bytes]]]
) -> None:
    readers = [Reader() for _ in wanted]
    hub = hub_of(
        *((reader, scope) for reader, scopes in zip(readers, wanted, strict=True) for scope in scopes)
    )
    for batch in batches:
        hub.deliver(batch)
    events = [event for batch in batches for event in batch]
    for reader, scopes in zip(readers, wanted, strict=True):
        due = [frame for scope, frame in events if INBOX in scopes or (scope is not None and scope in scopes)]
        assert reader.got == b"".join(due)
