"""What Parley and Meta know of each other."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from settings.option import option
from settings.reading import listed

PLACEHOLDER_APP_SECRET = "development-app-secret"  # noqa: S105 - a placeholder, refused in production
PLACEHOLDER_VERIFY_TOKEN = "development-verify-token"  # noqa: S105 - a placeholder, refused in production


@dataclass(frozen=True)
class Meta:
    """WhatsApp."""

    app_secret: str = option(
        "WHATSAPP_APP_SECRET",
        PLACEHOLDER_APP_SECRET,
        "The Meta app's secret; signs every webhook.",
        secret=True,
    )
    app_secret_previous: str = option(
        "WHATSAPP_APP_SECRET_PREVIOUS",
        "",
        "The secret before the last rotation, accepted too while it is set.",
        secret=True,
    )
    app_secrets_more: str = option(
        "WHATSAPP_APP_SECRETS_MORE",
        "",
        "Secrets, comma separated, of further Meta apps whose webhooks come here.",
        secret=True,
    )
    verify_token: str = option(
        "WHATSAPP_VERIFY_TOKEN",
        PLACEHOLDER_VERIFY_TOKEN,
        "The word you type at Meta as the verify token.",
        secret=True,
    )
    webhook_url: str = option(
        "WHATSAPP_WEBHOOK_URL",
        "http://localhost:8000/api/v1/whatsapp",
        "Public base of the webhook; the callback to paste at Meta is this plus `/webhook`.",
    )
    access_token: str = option(
        "WHATSAPP_ACCESS_TOKEN",
        "",
        "System-user token of every number that has none of its own; empty: those send nothing.",
        secret=True,
    )
    phone_number_id: str = option(
        "WHATSAPP_PHONE_NUMBER_ID", "", "The number that sends where a request names none."
    )
    account_id: str = option(
        "WHATSAPP_ACCOUNT_ID",
        "",
        "The WhatsApp Business Account whose templates are fetched before its first webhook names it.",
    )
    graph_url: str = option("WHATSAPP_GRAPH_URL", "https://graph.facebook.com", "Where the Cloud API lives.")
    graph_version: str = option("WHATSAPP_GRAPH_VERSION", "v26.0", "Graph API version.")
    media_hosts: str = option(
        "WHATSAPP_MEDIA_HOSTS",
        "lookaside.fbsbx.com",
        "Hosts, comma separated, from which media may be fetched with the token.",
    )

    @property
    def has_app_secret(self) -> bool:
        """Whether a real app secret is set, so that signatures can be checked."""
        return self.app_secret not in ("", PLACEHOLDER_APP_SECRET)

    @property
    def app_secrets(self) -> tuple[bytes, ...]:
        """The secrets a signature may be made with: the current one, the one being rotated out, other apps'.

        Meta signs with the secret of the app that is subscribed, and several apps may deliver to one address.
        """
        secrets = (self.app_secret, self.app_secret_previous, *listed(self.app_secrets_more))
        return tuple(secret.encode() for secret in secrets if secret not in ("", PLACEHOLDER_APP_SECRET))

    @property
    def callback_url(self) -> str:
        """What to paste at Meta as the callback URL."""
        return self.webhook_url.rstrip("/") + "/webhook"

    @property
    def token_hosts(self) -> frozenset[str]:
        """Hosts that may be sent the token for a file: those configured, and the Graph host itself."""
        return frozenset({*listed(self.media_hosts), urlsplit(self.graph_url).netloc})

    @property
    def stood_in_for(self) -> bool:
        """Whether Meta is stood in for by something on this machine: the sandbox."""
        return urlsplit(self.graph_url).hostname in ("localhost", "127.0.0.1", "::1", "sandbox")
