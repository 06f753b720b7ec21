"""Somebody to write to, and what became of the messages to them: on Parley's side and at the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faults.house import House


class Customer:
    """Somebody who has written, so that they may be written to."""

    def __init__(self, house: House, phone: str) -> None:
        self.house = house
        self.phone = phone
        self.conversation = house.converse(phone)

    def say(self, words: str = "Hello") -> str:
        """Write to them; returns the message's id."""
        body = {"conversation_id": self.conversation, "type": "text", "text": {"body": words}}
        answer = self.house.request("POST", "/messages/send", json=body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def spoil(self, kind: str, **order: Any) -> None:
        """Order a fault of the next call for them."""
        self.house.sandbox("POST", "faults", kind=kind, to=self.phone, **order)

    def taken(self) -> list[dict[str, Any]]:
        """The messages to them that the sandbox took, the oldest first."""
        taken = self.house.sandbox("GET", f"messages?to={self.phone}")["messages"]
        return sorted(taken, key=lambda message: float(message["at"]))

    def message(self, message_id: str) -> dict[str, Any]:
        return dict(self.house.request("GET", f"/messages/{message_id}").json())

    def wait_for(self, message_id: str, *statuses: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            message = self.message(message_id)
            return message if message["status"] in statuses else None

        return dict(self.house.eventually(reached, what=f"{message_id} {' or '.join(statuses)}"))

    def hold(self) -> Any:
        """Why the house's number is held; None while it is not."""
        listed = self.house.request("GET", "/numbers").json()["data"]
        ours = next(number for number in listed if number["phone_number_id"] == self.house.meta.number)
        return ours["standing"] and ours["standing"]["hold"]
