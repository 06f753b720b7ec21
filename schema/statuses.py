"""How far a message is. Their order is in models/messages/statuses.py."""

RECEIVED = "received"
QUEUED, SENDING, UNCONFIRMED = "queued", "sending", "unconfirmed"
ACCEPTED, SENT, FAILED = "accepted", "sent", "failed"
DELIVERED, READ, PLAYED, DELETED = "delivered", "read", "played", "deleted"
STATUSES = (RECEIVED, QUEUED, SENDING, UNCONFIRMED, ACCEPTED, SENT, FAILED, DELIVERED, READ, PLAYED, DELETED)
