"""What a client sees: one shape for REST and for sockets, a struct for every answer.

Times are aware datetimes in UTC and travel as RFC 3339; ids are UUIDs (version 7) as strings.
``revision`` rises by one with every change of the thing it stands in: of two states of one thing, the
higher revision is the newer, in whatever order they arrive.
"""

from schema.views.conversations import (
    ContactView,
    ConversationList,
    ConversationView,
    CountsView,
    MissedView,
    WindowView,
)
from schema.views.gateways import GatewaySums, GatewaysView, GatewayView
from schema.views.house import (
    AliveView,
    BacklogView,
    ProblemView,
    ReadinessView,
    Refusal,
    RefusalView,
    RejectedView,
    TestedView,
    WebhookView,
)
from schema.views.ledger import (
    DeadLetterList,
    DeadLetterView,
    NotedView,
    OtherUpdateList,
    OtherUpdateView,
    ReplayedView,
    WholeDeadLetterView,
    WholeOtherUpdateView,
)
from schema.views.media import UploadView
from schema.views.messages import (
    ContextView,
    ErrorView,
    MediaView,
    MessageList,
    MessageView,
    PaymentView,
    ReactionView,
    RecipientView,
    SenderView,
    ShortfallView,
)
from schema.views.numbers import HoldView, NumberView, OwnNumberList, OwnNumberView
from schema.views.people import (
    AgentView,
    ColleagueList,
    ColleagueView,
    ConnectionView,
    DevelopmentView,
    MeView,
    PresenceView,
    SessionView,
    TicketView,
)
from schema.views.templates import SyncView, TemplateList, TemplateView
from schema.views.view import Listed, View

__all__ = (
    "AgentView",
    "AliveView",
    "BacklogView",
    "ColleagueList",
    "ColleagueView",
    "ConnectionView",
    "ContactView",
    "ContextView",
    "ConversationList",
    "ConversationView",
    "CountsView",
    "DeadLetterList",
    "DeadLetterView",
    "DevelopmentView",
    "ErrorView",
    "GatewaySums",
    "GatewayView",
    "GatewaysView",
    "HoldView",
    "Listed",
    "MeView",
    "MediaView",
    "MessageList",
    "MessageView",
    "MissedView",
    "NotedView",
    "NumberView",
    "OtherUpdateList",
    "OtherUpdateView",
    "OwnNumberList",
    "OwnNumberView",
    "PaymentView",
    "PresenceView",
    "ProblemView",
    "ReactionView",
    "ReadinessView",
    "RecipientView",
    "Refusal",
    "RefusalView",
    "RejectedView",
    "ReplayedView",
    "SenderView",
    "SessionView",
    "ShortfallView",
    "SyncView",
    "TemplateList",
    "TemplateView",
    "TestedView",
    "TicketView",
    "UploadView",
    "View",
    "WebhookView",
    "WholeDeadLetterView",
    "WholeOtherUpdateView",
    "WindowView",
)
