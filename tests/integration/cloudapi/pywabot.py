"""A bot as pywa's documentation writes one, under Flask: run with the sandbox's address.

Prints its own address, then a JSON line for everything its handlers are called with. It answers texts.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from flask import Flask
from pywa import WhatsApp, filters, types
from werkzeug.serving import make_server

from tests.integration.cloudapi.tosandbox import NUMBER, SECRET, VERIFY_TOKEN, session

flask = Flask(__name__)
wa = WhatsApp(
    phone_id=NUMBER,
    token="a-token",
    session=session(sys.argv[1]),
    server=flask,
    app_secret=SECRET,
    verify_token=VERIFY_TOKEN,
)


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


@wa.on_message(filters.text)
def text(_: WhatsApp, message: types.Message) -> None:
    tell(
        on="text", id=message.id, who=message.from_user.wa_id, name=message.from_user.name, text=message.text
    )
    message.mark_as_read()
    message.reply(f"You said: {message.text}", quote=True)


@wa.on_message(filters.image)
def image(_: WhatsApp, message: types.Message) -> None:
    assert message.image is not None
    tell(on="image", caption=message.caption, size=len(message.image.get_bytes()))


@wa.on_message(filters.reaction)
def reaction(_: WhatsApp, message: types.Message) -> None:
    assert message.reaction is not None
    tell(on="reaction", emoji=message.reaction.emoji, of=message.reaction.message_id)


@wa.on_callback_button
def pressed(_: WhatsApp, button: types.CallbackButton) -> None:
    tell(on="button", data=button.data, title=button.title)


@wa.on_callback_selection
def chosen(_: WhatsApp, selection: types.CallbackSelection) -> None:
    tell(on="selection", data=selection.data, title=selection.title)


@wa.on_message_status
def status(_: WhatsApp, news: types.MessageStatus) -> None:
    tell(on="status", id=news.id, status=news.status.value, tracker=news.tracker)


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, flask, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
