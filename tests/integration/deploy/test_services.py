"""Each service of docker-compose.yml: its command, its environment, its user, a read-only root, its health check."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from engines.formation import READY_TIMEOUT_S
from faults.expect import eventually
from tests.integration.deploy.composed import (
    DATABASE_PASSWORD,
    QUEUE_PASSWORD,
    SERVICES,
    Composed,
    Servers,
    filled_in,
)
from tests.integration.deploy.container import Container, build, why_not

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    # Under CI they fail where they cannot be played, and say why: there no test is skipped.
    pytest.mark.skipif(
        bool(why_not()) and os.environ.get("CI") != "true",
        reason=f"THE SERVICES OF COMPOSE ARE NOT TESTED ON A READ-ONLY ROOT: {why_not()}",
    ),
]

OURS = [name for name, service in SERVICES.items() if "env_file" in service]
USER = 10001
# By the tags of images, as the Dockerfile makes them.
ROOMS_LEFT_OUT = {"parley": "sandbox", "parley-sandbox": ""}
LASTING = [name for name in OURS if "healthcheck" in SERVICES[name]]
Begin = Callable[[str], Container]


@pytest.fixture(scope="module")
def begin(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begin]:
    """Starts a service's command from the files of its image."""
    assert not why_not(), why_not()
    made = tmp_path_factory.mktemp("services")
    images = {tag: build(made / tag, USER, without) for tag, without in ROOMS_LEFT_OUT.items()}
    addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    dotenv = filled_in(DATABASE_PASSWORD, QUEUE_PASSWORD)
    begun: list[Container] = []

    def start(name: str) -> Container:
        service = Composed(name, dotenv, addresses)
        container = Container(made / f"{name}-{len(begun)}", service, images[service.image])
        begun.append(container)
        container.start()
        return container

    yield start
    for container in begun:
        container.kill()


@pytest.fixture(scope="module")
def migrated(begin: Begin) -> str:
    """What the release said, which every other service waits for."""
    return to_its_end(begin("migrate"))


@pytest.fixture(scope="module")
def services(begin: Begin, migrated: str) -> dict[str, Container]:
    """All that last, started together as compose starts them."""
    return {name: begin(name) for name in LASTING}


def to_its_end(container: Container) -> str:
    assert container.wait(READY_TIMEOUT_S) == 0, container.said
    return container.said


@pytest.mark.parametrize("name", LASTING)
def test_each_service_is_well_as_its_user_on_a_read_only_root(
    services: dict[str, Container], name: str
) -> None:
    container = services[name]
    eventually(container.is_well, READY_TIMEOUT_S, what=f"{name} is well", every_s=0.2)
    assert container.status["Uid"].split() == [str(USER)] * 4
    assert container.status["Gid"].split() == [str(USER)] * 4
    assert int(container.status["CapBnd"], 16) == int(container.status["CapEff"], 16) == 0
    assert container.status["NoNewPrivs"] == "1"


def test_a_service_writes_nowhere_but_where_compose_lets_it(services: dict[str, Container]) -> None:
    for place in ("/", "/srv/parley", "/srv/parley/api", "/usr", "/etc"):
        assert "Read-only file system" in services["web"].run("touch", f"{place}/x").stderr
    for place in ("/tmp", "/var/lib/parley/media"):
        assert services["web"].run("touch", f"{place}/x").returncode == 0


@pytest.mark.parametrize("room", ["sandbox", "engines", "faults", "bench", "tests"])
def test_the_image_of_production_holds_no_room_that_is_for_developers(
    services: dict[str, Container], room: str
) -> None:
    assert "ModuleNotFoundError" in services["web"].run("python", "-c", f"import {room}").stderr


def test_the_migration_is_safe_to_run_again(begin: Begin, migrated: str) -> None:
    assert "Read-only" not in migrated
    assert "up to date" in to_its_end(begin("migrate"))


# Last: it ends what the others look at.
@pytest.mark.parametrize("name", LASTING)
def test_each_service_ends_by_itself_in_the_time_compose_gives_it(
    services: dict[str, Container], name: str
) -> None:
    container = services[name]
    eventually(lambda: container.heeds(signal.SIGTERM), what=f"{name} can be asked to end")
    assert container.stop() == 0, container.said
    for trouble in ("Traceback", "Read-only file system", "Permission denied", "superuser"):
        assert trouble not in container.said
