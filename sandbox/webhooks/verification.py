"""The handshake by which Meta checks a webhook's address when it is set up."""

from __future__ import annotations

import secrets
from typing import Any

import requests

TIMEOUT_SECONDS = 5.0


def verify_webhook(url: str, verify_token: str) -> dict[str, Any]:
    """Ask for the challenge: ``{"ok", "status", "said"}``; status is None where nothing answered."""
    challenge = str(secrets.randbelow(10**10))
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
    try:
        answer = requests.get(url, params=query, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return {"ok": False, "status": None, "said": f"No answer from {url} ({type(error).__name__})."}
    good = answer.status_code == 200 and answer.text.strip() == challenge
    if good:
        said = "Parley answered with the challenge: this address can be pasted at Meta."
    elif answer.status_code == 200:
        said = "Parley answered 200, but not with the challenge."
    else:
        said = f"Parley answered {answer.status_code}: is the verify token the same on both sides?"
    return {"ok": good, "status": answer.status_code, "said": said}
