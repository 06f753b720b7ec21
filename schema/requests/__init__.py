"""What may be asked of the house: one struct a request, with its limits and the sentences of those it breaks.

Read by schema/reading.py, which names everything that is wrong at once. Programs and people ask for the same things:
REST, the shell and the console fill the same structs, and the verbs of actions/ take them. The parameters of a query
string are a request like the fields of a body.
"""

from schema.requests.conversations import (
    STATUSES,
    ChangeConversation,
    ListConversations,
    ListEvents,
    ListMessages,
)
from schema.requests.ledger import ListDeadLetters, ListOtherUpdates
from schema.requests.media import GetFile
from schema.requests.messages import Context, SendMessage, ShowRead
from schema.requests.numbers import RATE_MOST, AddNumber, ChangeNumber
from schema.requests.pages import Page
from schema.requests.people import LogIn
from schema.requests.request import Id, MetaId, Request
from schema.requests.templates import ListTemplates

__all__ = (
    "RATE_MOST",
    "STATUSES",
    "AddNumber",
    "ChangeConversation",
    "ChangeNumber",
    "Context",
    "GetFile",
    "Id",
    "ListConversations",
    "ListDeadLetters",
    "ListEvents",
    "ListMessages",
    "ListOtherUpdates",
    "ListTemplates",
    "LogIn",
    "MetaId",
    "Page",
    "Request",
    "SendMessage",
    "ShowRead",
)
