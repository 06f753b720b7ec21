"""Django Channels as its tutorial writes it: a group a conversation, through a Redis channel layer.

Of daphne and uvicorn, and of the two layers of channels_redis, uvicorn and pub/sub took the least; the older layer
also runs out of connections or time at a thousand sockets in a process.

``python -m bench.references.channels.application`` publishes from outside: a line of stdin is {conversation, event}.
It runs in an environment of its own (bench/installing.py), in which nothing of Parley is.
"""

import json
import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark",
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)
django.setup()

from asgiref.sync import async_to_sync  # noqa: E402 - Django wants its settings first
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class ConversationConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.conversation = str(self.scope["url_route"]["kwargs"]["conversation"])
        await self.channel_layer.group_add(self.conversation, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.conversation, self.channel_name)

    async def conversation_event(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("ws/<uuid:conversation>/", ConversationConsumer.as_asgi())])}
)


def publish_lines() -> None:
    send = async_to_sync(get_channel_layer().group_send)
    for line in sys.stdin:
        order = json.loads(line)
        send(
            order["conversation"],
            {"type": "conversation.event", "text": json.dumps(order["event"], separators=(",", ":"))},
        )


if __name__ == "__main__":
    publish_lines()
