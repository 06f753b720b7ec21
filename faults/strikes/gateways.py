"""The gateway killed, cut off from Redis, and restarted one after the other: a client that resumes has no gap."""

from __future__ import annotations

from engines.ports import LOOPBACK, free_port
from faults.expect import eventually
from faults.scene import Scene
from faults.strikes.proxy import Proxy

_SECOND = "ws2"


def killed(scene: Scene) -> None:
    """Its successor takes over, and it vanishes from the statistics by itself."""
    for _ in range(int(scene.extent)):
        scene.go_on()
        scene.restart("ws")
        scene.subscriber.await_return()
    scene.end()
    eventually(lambda: len(_counted(scene)) == 1, what="only the living gateway being counted")


def cut_off(scene: Scene) -> None:
    """Its Redis is gone, then it is there and says nothing: the gateway catches up by itself."""
    with Proxy(scene.valkey.port) as proxy:
        _replace(scene, REDIS_URL=f"redis://{LOOPBACK}:{proxy.port}/0")
        for strike in (proxy.cut, proxy.silence):
            scene.go_on()
            strike()
            scene.last()
            proxy.mend()
        _await_caught_up(scene)
        scene.end()
        _replace(scene)


def rolling(scene: Scene) -> None:
    """Two gateways restarted in turn, as a deploy does; clients come to the other one."""
    port = free_port()
    scene.formation.add(_SECOND, line="ws", env={"WS_PORT": str(port)})
    try:
        scene.subscriber.visit(
            [f"http://{LOOPBACK}:{gateway_port}" for gateway_port in (scene.formation.ports.ws, port)]
        )
        for name in ("ws", _SECOND) * int(scene.extent):
            scene.go_on()
            scene.formation.restart(name)
        scene.go_on()
    finally:
        scene.subscriber.visit([scene.house.site])
        scene.formation.process(_SECOND).stop()
    _await_caught_up(scene)


def _counted(scene: Scene) -> list[str]:
    """The gateways that are counted as alive."""
    stats = scene.house.request("GET", "/ws/stats").json()
    return [gateway["gateway"] for gateway in stats["gateways"]]


def _replace(scene: Scene, **env: str) -> None:
    """A gateway with other settings in the place of the one that runs."""
    scene.formation.kill("ws")
    scene.formation.add("ws", env=env)
    scene.subscriber.await_return()


def _await_caught_up(scene: Scene) -> None:
    """Wait until what is acknowledged by now has been told."""
    scene.subscriber.await_messages(message.key for message in scene.customers.ledger.read())
