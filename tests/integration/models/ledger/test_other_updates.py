"""What is kept raw: listed, told apart from what nobody could read, and noted."""

from __future__ import annotations

import pytest

from models import workload
from models.database import database
from models.ledger import other_updates
from models.ledger.other_updates import Filter, Kept
from schema.events import ConversationUpdated, NewMessage
from tests.integration.models.tables import NUMBER, message, one, other, store, thread
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

ALEX = Customer(phone=None, user_id="US.8881208655302741", name="Alex")


def listed(**chosen: object) -> list[Kept]:
    return other_updates.page(Filter(**chosen), 50, None).items  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["", "messages", "smb_message_echoes", "message_echoes", "statuses"])
def test_what_may_have_been_a_message_and_was_not_read_is_counted_until_it_is_noted(field: str) -> None:
    store(other(field=field, reason="phone_number_id is missing"))
    (kept,) = listed(unread=True)
    assert (kept.field, kept.reason, kept.seen, kept.noted_at) == (
        field,
        "phone_number_id is missing",
        1,
        None,
    )
    assert workload.measure().unread == 1
    assert (other_updates.note(kept.id), other_updates.note(kept.id)) == (1, 0)
    assert (listed(unread=True), workload.measure().unread) == ([], 0)
    assert [update.id for update in listed(unread=False)] == [kept.id]


@pytest.mark.parametrize(
    "fields", [{"field": "messages", "reason": ""}, {"field": "calls", "reason": "no id"}]
)
def test_what_is_no_message_raises_no_alarm(fields: dict[str, str]) -> None:
    store(other(**fields))
    assert workload.measure().unread == 0
    assert other_updates.note() == 0
    assert [update.field for update in listed()] == [fields["field"]]


def test_the_same_update_that_comes_again_after_it_was_noted_stays_noted() -> None:
    store(other(field="", reason="no JSON object"))
    assert other_updates.note() == 1
    store(other(field="", reason="no JSON object"))
    assert (workload.measure().unread, listed()[0].seen) == (0, 2)


def test_a_list_is_paged_by_field_newest_first_and_one_is_shown_with_its_body() -> None:
    for number in range(3):
        store(other(raw=b'{"n": %d}' % number))
    store(other(field="else"))
    first = other_updates.page(Filter(field="telepathy"), 2, None)
    rest = other_updates.page(Filter(field="telepathy"), 2, first.next)
    bodies = [other_updates.get(update.id)[1] for update in [*first.items, *rest.items]]  # type: ignore[index]
    assert bodies == [{"n": 2}, {"n": 1}, {"n": 0}]


def test_who_shares_their_phone_on_request_has_it_from_then_on() -> None:
    new, changed = store(message(customer=ALEX, type="contacts", shared_phone="16505550199"))
    assert (type(new), type(changed)) == (NewMessage, ConversationUpdated)
    assert thread().contact.phone == "16505550199"
    store(message("wamid.2", customer=Customer(phone="16505550199", user_id=None)))
    assert one("SELECT count(*) FROM contact") == 1


def test_a_phone_that_another_contact_has_stays_there() -> None:
    store(message(customer=Customer("16505550199", None, "Sam"), phone_number_id="2"))
    events = store(message("wamid.2", customer=ALEX, type="contacts", shared_phone="16505550199"))
    assert [type(event) for event in events] == [NewMessage]
    assert thread(NUMBER).contact.phone is None
    assert thread("2").contact.name == "Sam"


def test_a_phone_that_is_known_is_not_replaced_by_a_shared_one() -> None:
    store(message())
    with database.atomic():
        store(message("wamid.2", type="contacts", shared_phone="16505550199"))
    assert thread().contact.phone == "16505550123"
