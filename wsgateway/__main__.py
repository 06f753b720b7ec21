"""``python -m wsgateway``: the socket server, configured from the environment."""

from __future__ import annotations

import asyncio
import sys

import uvloop

import logs
from settings import BUCKET_SECRETS, WEBHOOK_SECRETS, Settings, SettingsError
from wsgateway.server import serve


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    try:
        settings = Settings.from_env(without=WEBHOOK_SECRETS | BUCKET_SECRETS)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    logs.configure(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(serve(settings))
        except OSError as error:
            where = f"{settings.gateway.host}:{settings.gateway.port}"
            print(
                f"The gateway cannot listen on {where} ({error}); see WS_HOST and WS_PORT.", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
