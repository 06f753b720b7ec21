"""A client made of the document by openapi-python-client does the main job against a house that runs."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from faults.expect import eventually

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def generated(document: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """``generated("api.messages.send_message")``: a module of the client."""
    home = tmp_path_factory.mktemp("python-client")
    config = home / "config.yml"
    config.write_text("post_hooks: []\npackage_name_override: parley_client\n")
    made = subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "openapi_python_client",
                "generate",
                "--path",
                document,
                "--config",
                config,
            ),
            *("--output-path", home / "parley_client", "--meta", "none"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    # It has no way to say "a file of any type"; its bytes are in the answer all the same.
    warnings = [line for line in made.stdout.splitlines() if line.startswith("WARNING")]
    assert all("/api/v1/media/{message_id}" in line for line in warnings), made.stdout
    sys.path.insert(0, str(home))
    return lambda name: importlib.import_module(f"parley_client.{name}")


@pytest.fixture
def client(guarded: Guarded, generated: Callable[[str], Any]) -> Iterator[Any]:
    """The generated client, logged in as the agent by itself."""
    house, agent = guarded.house, guarded.agent
    body = generated("models").LogIn(email=agent.email, password=agent.password)
    with generated("client").Client(base_url=house.site) as stranger:
        session = generated("api.sessions.log_in").sync(client=stranger, body=body)
    with generated("client").AuthenticatedClient(base_url=house.site, token=session.token) as client:
        yield client


def test_it_reads_what_a_customer_wrote_answers_and_sees_it_read(
    guarded: Guarded, phone: str, generated: Callable[[str], Any], client: Any
) -> None:
    models = generated("models")
    guarded.house.converse(phone, "Is the blue one in stock?")
    inbox = generated("api.conversations.list_conversations").sync(client=client, q=phone)
    (conversation,) = inbox.data
    assert (conversation.contact.phone, conversation.unread_count) == (phone, 1)
    thread = generated("api.conversations.list_messages").sync(conversation.id, client=client)
    assert thread.data[0].content == {"body": "Is the blue one in stock?"}

    answer = models.SendMessage(
        type_=models.SendMessageType.TEXT,
        conversation_id=conversation.id,
        text=models.SendMessageTextType0.from_dict({"body": "Yes, two are left"}),
    )
    send = generated("api.messages.send_message")
    sent, again = (send.sync(client=client, body=answer, idempotency_key=f"python-{phone}") for _ in range(2))
    assert sent.id == again.id
    look = generated("api.messages.get_message")
    eventually(lambda: look.sync(sent.id, client=client).status == "read")
    read = generated("api.conversations.read_conversation").sync(conversation.id, client=client)
    assert read.unread_count == 0


def test_it_is_told_every_field_that_is_wrong(generated: Callable[[str], Any], client: Any) -> None:
    models = generated("models")
    wrong = models.SendMessage(type_=models.SendMessageType.TEXT, to="12", phone_number_id="x")
    told = generated("api.messages.send_message").sync(client=client, body=wrong)
    assert isinstance(told, models.RefusalView)
    assert told.error.code == "invalid"
    assert {"to", "text"} <= set(told.error.fields.additional_properties)
