"""``parley number``: the business numbers, from a shell. A token is asked for or read from a pipe, never an argument:
arguments are in the shell's history and in everybody's list of processes."""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from typing import Any

from actions.numbers import Numbers
from actions.transactions import Transactions
from cli import holds
from models.actors.actors import OPERATOR
from models.ledger import event_log
from models.numbers import numbers, standings
from models.numbers.keyring import Keyring, KeyringFault
from models.numbers.numbers import Known
from schema import reading
from schema.errors import Refused
from schema.requests import RATE_MOST, AddNumber, ChangeNumber
from settings import Settings

_ID = re.compile(r"[0-9]{5,32}")
_RATE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_TOKEN = re.compile(r"[!-~]{1,1000}")


def register(commands: Any) -> None:
    """Add the command to ``parley``."""
    numbers = commands.add_parser("number", help="the numbers that send").add_subparsers(
        required=True, metavar="ACTION"
    )
    listing = numbers.add_parser(
        "list", help="the numbers, where each has its token from, and which are held"
    )
    listing.set_defaults(run=_list)
    add = numbers.add_parser("add", help="one more number; asks for its token, or reads it from a pipe")
    _names_one(add, _add)
    add.add_argument("--account", default="", help="id of its WhatsApp Business account (WABA)")
    add.add_argument("--display", default="", help="the number as people write it")
    add.add_argument("--shared", action="store_true", help="no token of its own: WHATSAPP_ACCESS_TOKEN is")
    rate = numbers.add_parser("rate", help="how many messages a second it sends")
    _names_one(rate, _set_rate)
    rate.add_argument("rate", metavar="RATE", type=_rate, help="messages a second; 0 for SEND_RATE")
    token = numbers.add_parser("token", help="a new token; what waited for it goes out at once")
    _names_one(token, _set_token)
    token.add_argument(
        "--forget", action="store_true", help="forget the one it has; WHATSAPP_ACCESS_TOKEN is"
    )
    remove = numbers.add_parser("remove", help="forget a number and its token; its conversations stay")
    _names_one(remove, _remove)
    reseal = numbers.add_parser("reseal", help="encrypt all tokens anew with the first key of SECRET_KEY")
    reseal.set_defaults(run=_reseal)


def _names_one(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("phone_number_id", metavar="PHONE_NUMBER_ID", type=_id, help="Meta's id of it")
    parser.set_defaults(run=run)


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError("is no id of Meta's: 5 to 32 digits; not the phone number itself")
    return text


def _rate(text: str) -> float:
    rate = float(text) if _RATE.fullmatch(text) else -1.0
    if not 0 <= rate <= RATE_MOST:
        raise argparse.ArgumentTypeError(f"is no number of messages a second from 0 to {RATE_MOST}")
    return rate


def _list(settings: Settings, options: argparse.Namespace) -> int:
    on_hold = {view.phone_number_id: view.hold for view in standings.on_hold()}
    for number in numbers.listed():
        mark = " (default)" if number.phone_number_id == settings.meta.phone_number_id else ""
        print(
            f"{number.phone_number_id}  account {number.account_id or '-'}  {number.display_number or '-'}"
            f"  {_token_of(number, settings)}  {number.send_rate or settings.sending.rate:g}/s{mark}"
        )
        if hold := on_hold.get(number.phone_number_id):
            mend = holds.mend(number.phone_number_id, hold, own_token=number.token_set_at is not None)
            print(f"    {holds.why(hold)}\n    -> {mend}")
    return 0


def _token_of(known: Known, settings: Settings) -> str:
    if known.token_set_at:
        return f"own token, set {known.token_set_at:%Y-%m-%d %H:%M} UTC"
    return "WHATSAPP_ACCESS_TOKEN" if settings.meta.access_token else "NO TOKEN: what it sends waits"


def _add(settings: Settings, options: argparse.Namespace) -> int:
    token = None if options.shared else _ask_token()
    if token is None and not options.shared:
        return 2
    fields = {"account_id": options.account, "display_number": options.display}
    return _stored(
        settings, options.phone_number_id, fields | ({"access_token": token} if token else {}), "is there"
    )


def _set_rate(settings: Settings, options: argparse.Namespace) -> int:
    rate = options.rate or None
    try:
        _numbers(settings).change(OPERATOR, options.phone_number_id, ChangeNumber(send_rate=rate))
    except Refused as refused:
        return _refused(refused)
    sentence = f"sends {rate:g} messages a second" if rate else "sends as SEND_RATE says"
    print(f"The number {options.phone_number_id} {sentence}.")
    return 0


def _numbers(settings: Settings) -> Numbers:
    """Without Redis: the next sweep publishes the events."""
    return Numbers(settings, Keyring(settings.security.secret_keys), Transactions(event_log.write))


def _set_token(settings: Settings, options: argparse.Namespace) -> int:
    if numbers.find(options.phone_number_id) is None:
        return _unknown(options.phone_number_id)
    token = None if options.forget else _ask_token()
    if token is None and not options.forget:
        return 2
    sentence = "has no token of its own any more" if options.forget else "has a new token"
    return _stored(settings, options.phone_number_id, {"access_token": token}, sentence)


def _stored(settings: Settings, phone_number_id: str, fields: dict[str, str | None], done: str) -> int:
    try:
        request = reading.read(AddNumber, {"phone_number_id": phone_number_id} | fields)
        _numbers(settings).add(OPERATOR, request)
    except Refused as refused:
        return _refused(refused)
    print(f"The number {phone_number_id} {done}. See that Meta takes its token: parley doctor")
    return 0


def _remove(settings: Settings, options: argparse.Namespace) -> int:
    try:
        _numbers(settings).remove(OPERATOR, options.phone_number_id)
    except Refused as refused:
        return _refused(refused)
    print(f"The number {options.phone_number_id} is removed, and its token is deleted.")
    return 0


def _reseal(settings: Settings, options: argparse.Namespace) -> int:
    try:
        count = _numbers(settings).reseal(OPERATOR)
    except KeyringFault as fault:
        print(f"Nothing was changed: {fault}", file=sys.stderr)
        return 1
    print(f"{count} token(s) are encrypted with the first key; the others may leave SECRET_KEY.")
    return 0


def _ask_token() -> str | None:
    """Never echoed, shown or repeated."""
    text = getpass.getpass("Access token: ") if sys.stdin.isatty() else sys.stdin.readline()
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        print("That is no token: it is empty, or holds spaces; copy it from Meta whole.", file=sys.stderr)
        return None
    return token


def _refused(refused: Refused) -> int:
    hint = " parley number list shows those there are." if refused.code == "not_found" else ""
    print(f"{refused.message}{hint}", file=sys.stderr)
    return 1


def _unknown(phone_number_id: str) -> int:
    print(f"There is no number {phone_number_id}; parley number list shows them.", file=sys.stderr)
    return 1
