from settings.groups import HOLD, RESEND
from settings.meta import PLACEHOLDER_APP_SECRET, PLACEHOLDER_VERIFY_TOKEN
from settings.option import Option
from settings.problems import Problem, SettingsError
from settings.tree import BUCKET_SECRETS, DEVELOPMENT, PRODUCTION, WEBHOOK_SECRETS, Settings, options

__all__ = [
    "BUCKET_SECRETS",
    "DEVELOPMENT",
    "HOLD",
    "PLACEHOLDER_APP_SECRET",
    "PLACEHOLDER_VERIFY_TOKEN",
    "PRODUCTION",
    "RESEND",
    "WEBHOOK_SECRETS",
    "Option",
    "Problem",
    "Settings",
    "SettingsError",
    "options",
]
