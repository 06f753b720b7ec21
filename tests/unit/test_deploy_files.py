"""The files a deployment is made of agree with each other and with what bin/dev runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.doctor.workers import QUEUES
from engines import binaries
from engines.formation import PROCESSES, ROOT
from engines.procfile import RELEASE, Procfile
from engines.valkey import DURABLE
from settings import options

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LINES = Procfile().lines
HOUSE = [name for name, service in SERVICES.items() if service.get("image") == "parley"]


def command_of(service: str) -> list[str]:
    command = SERVICES[service]["command"]
    return shlex.split(command) if isinstance(command, str) else list(command)


def test_bin_dev_runs_lines_of_the_procfile() -> None:
    assert set(PROCESSES) | {RELEASE, "flower"} == set(LINES)


@pytest.mark.parametrize("name", sorted(set(LINES) - {RELEASE}))
def test_each_service_runs_its_line_of_the_procfile(name: str) -> None:
    # Several of a kind may share a host, and are told apart by their process; a container's host is its own.
    assert command_of(name) == shlex.split(LINES[name].replace(".$$@", "@"))


def test_doctor_knows_which_line_takes_which_queue() -> None:
    for name, queues in QUEUES.items():
        words = shlex.split(LINES[name])
        assert set(words[words.index("--queues") + 1].split(",")) == set(queues)


def test_the_migration_is_the_release_line_and_everything_waits_for_it() -> None:
    assert command_of("migrate") == shlex.split(LINES[RELEASE])
    for name in PROCESSES:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_a_migration_that_fails_ends_the_up_that_waits_for_it() -> None:
    assert SERVICES["migrate"]["restart"] == "no", "begun again and again it holds `up` without a word"


PATIENCE_S = 10  # compose's own, past which it kills
GIVEN_S = {
    name: int(seconds)
    for name, seconds in re.findall(
        r"^\| `(\w+)` \|.*\| (\d+) s \|$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE
    )
}


@pytest.mark.parametrize("name", PROCESSES)
def test_each_service_is_given_the_time_that_operations_tells_to_end_in(name: str) -> None:
    given = re.fullmatch(r"(\d+)s", SERVICES[name].get("stop_grace_period", f"{PATIENCE_S}s"))
    assert given is not None
    assert int(given[1]) >= GIVEN_S[name]


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert str(service["user"]).split(":")[0] not in ("", "0", "root")
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_each_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_only_caddy_is_reachable_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.pop("caddy") == ["80:80", "443:443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert all(SERVICES[name]["profiles"] for name in published)


def test_the_servers_with_data_have_no_way_out_and_keep_it_in_volumes() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md", "docs/troubleshooting.md"])
def test_the_commands_of_the_documents_name_services_and_profiles_there_are(page: str) -> None:
    commands = re.findall(r"docker compose ([^`\n]+)", (ROOT / page).read_text())
    assert commands
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    for command in commands:
        assert set(re.findall(r"--profile (\w+)", command)) <= profiles, command
        named = re.match(r"(?:exec|run|logs)(?: -\S+)* (\w+)|cp (\w+):|up(?: --\w+)* (\w+)", command)
        assert named is None or {*named.groups()} - {None} <= set(SERVICES), command


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for variable in ("POSTGRES_PASSWORD", "VALKEY_PASSWORD"):
        uses = re.findall(rf"\$\{{{variable}(.)", text)
        assert uses
        assert set(uses) == {":"}
        assert f"${{{variable}:?" in text
        assert f"${{{variable}:-" not in text


def environment_of(service: str) -> dict[str, str]:
    """What a service is given, on top of .env."""
    return {key: str(value) for key, value in SERVICES[service].get("environment", {}).items()}


SECRETS = {option.variable for option in options() if option.secret} | {
    *("POSTGRES_PASSWORD", "VALKEY_PASSWORD", "FLOWER_BASIC_AUTH"),
}
INWARD = {
    *(
        "WHATSAPP_APP_SECRET",
        "WHATSAPP_APP_SECRET_PREVIOUS",
        "WHATSAPP_APP_SECRETS_MORE",
        "WHATSAPP_VERIFY_TOKEN",
    ),
}
OUTWARD = {"WHATSAPP_ACCESS_TOKEN", "SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
DATABASE, QUEUE = {"DATABASE_URL", "DATABASE_PASSWORD"}, {"REDIS_URL", "REDIS_PASSWORD"}
NEEDS = {
    "migrate": DATABASE | QUEUE,
    "web": INWARD | OUTWARD | DATABASE | QUEUE,
    "worker": OUTWARD | DATABASE | QUEUE,
    "sender": OUTWARD | DATABASE | QUEUE,
    "beat": QUEUE,
    "ws": QUEUE,
    "flower": QUEUE | {"FLOWER_BASIC_AUTH"},
    "sandbox": {"WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN"},
}


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "env_file" in service])
def test_each_service_is_given_the_secrets_it_needs_and_no_other(name: str) -> None:
    given = environment_of(name)
    assert set(given) >= SECRETS, "a secret of .env that is not named here reaches every service"
    assert {key for key in SECRETS if given[key]} == NEEDS[name]


def test_each_tag_is_built_by_one_service() -> None:
    built = [service["image"] for service in SERVICES.values() if "build" in service]
    assert len(built) == len(set(built)), "several services that build one tag at once fail: already exists"
    for name, service in SERVICES.items():
        if service["image"] in built and "build" not in service:
            assert service["pull_policy"] == "never", f"{name} would ask a registry for {service['image']}"


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_has_limits(name: str) -> None:
    assert re.fullmatch(r"[0-9]+[mg]", SERVICES[name]["mem_limit"])
    assert 0 < SERVICES[name]["pids_limit"] <= 512


def test_the_image_of_production_has_no_sandbox() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^RUN rm -r /srv/parley/sandbox", text, re.MULTILINE)
    assert "COPY sandbox" not in text[text.index("AS parley") :]


def test_what_the_image_takes_out_again_was_let_in() -> None:
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    (line,) = re.findall(r"^RUN rm -r (.+?) &&", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    taken_out = re.findall(r"/srv/parley/(\S+)", line)
    assert taken_out
    assert set(taken_out) <= set(let_in), "rm fails where there is nothing, and the build with it"


def test_the_database_is_not_used_as_its_superuser() -> None:
    assert SERVICES["postgres"]["environment"]["POSTGRES_USER"] == "postgres"
    assert "postgresql://parley@" in environment_of("web")["DATABASE_URL"]


def test_postgres_writes_no_statement_and_no_value_of_one_into_its_log() -> None:
    # Parameters are in the statement by the time it arrives, and a conflict's DETAIL shows its key.
    given = set(command_of("postgres"))
    assert {"log_min_error_statement=panic", "log_error_verbosity=terse"} <= given


def test_valkey_is_as_durable_in_a_deployment_as_in_development() -> None:
    words = shlex.split((ROOT / "docker" / "queue.sh").read_text(), comments=True)
    for name, value in DURABLE.items():
        assert words[words.index(f"--{name}") + 1] == value


def test_images_are_pinned_to_a_version_that_does_not_move() -> None:
    text = (ROOT / "Dockerfile").read_text()
    own = {service["image"] for service in SERVICES.values() if "build" in service}
    stages = set(re.findall(r" AS (\S+)", text))
    images = {service["image"] for service in SERVICES.values()} - own
    images |= set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    assert {image for image in images if not re.search(r":\d+\.\d+(\.\d+)?(-slim)?$", image)} == set()


def test_the_image_holds_every_room_a_process_imports() -> None:
    kept = set((ROOT / ".dockerignore").read_text().split())
    rooms = [
        path.parent.name
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in ("engines", "bench", "faults", "tests")
    ]
    modules = [path.name for path in ROOT.glob("*.py")]
    assert {f"!{name}" for name in (*rooms, *modules)} <= kept


def test_the_image_installs_only_what_the_lock_file_has_hashes_for() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE)[-1] != "root"


def test_the_user_of_the_image_has_a_group_with_a_name() -> None:
    # Without one Celery says at each start that it runs as a superuser.
    text = (ROOT / "Dockerfile").read_text()
    ids = set(re.findall(r"^USER (\S+)", text, re.MULTILINE)) | {SERVICES[name]["user"] for name in HOUSE}
    assert len(ids) == 1
    user, group = ids.pop().split(":")
    assert f"groupadd --gid {group} " in text
    assert f"useradd --uid {user} --gid {group} " in text


def test_the_lock_file_names_packages_and_hashes_and_nowhere_to_get_them() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([a-z0-9-]+)==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"==", text))
    assert not re.search(r"://|--index|--find-links |file:", text)


def test_the_lock_file_pins_each_package_setup_cfg_asks_for() -> None:
    pins = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = re.search(r"install_requires =\n((?:    .+\n)+)", (ROOT / "setup.cfg").read_text())
    assert wanted is not None
    names = {re.split(r"[\[ ]", line.strip())[0].lower() for line in wanted.group(1).splitlines()}
    assert names <= pins


def caddy(command: str, environment: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binaries.caddy(), command, "--adapter", "caddyfile", "--config", ROOT / "Caddyfile"],
        env={"PATH": os.defpath, "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("address", ["", "http://:8123", "parley.example.org"])
def test_the_caddyfile_is_valid_for_development_and_for_a_host_name(address: str, tmp_path: Path) -> None:
    environment = {"SITE_ADDRESS": address} if address else {}
    checked = caddy("validate", environment, tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_a_host_name_brings_https_and_development_stays_on_this_machine(tmp_path: Path) -> None:
    assert '"127.0.0.1:8000"' in caddy("adapt", {}, tmp_path).stdout
    public = {"SITE_ADDRESS": "parley.example.org", "BIND_ADDRESS": "0.0.0.0"}
    assert '"0.0.0.0:443"' in caddy("adapt", public, tmp_path).stdout


def test_the_front_door_offers_no_protocol_that_its_ports_do_not_carry(tmp_path: Path) -> None:
    public = {"SITE_ADDRESS": "parley.example.org", "BIND_ADDRESS": "0.0.0.0"}
    servers = json.loads(caddy("adapt", public, tmp_path).stdout)["apps"]["http"]["servers"]
    assert not any(port.endswith("/udp") for port in SERVICES["caddy"]["ports"])
    assert {tuple(server["protocols"]) for server in servers.values()} == {("h1", "h2")}


@pytest.mark.parametrize(
    ("site", "plain"),
    [
        ("parley.example.org", "http://parley.example.org"),
        ("localhost", "http://localhost"),
        ("http://:80", ""),
        (":8443", ""),
        ("parley.example.org, www.example.org", ""),
    ],
)
def test_the_image_of_the_front_door_answers_a_bare_host_name_without_tls_too(site: str, plain: str) -> None:
    (line,) = re.findall(r"^CMD (.+caddy run.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    *shell, script = json.loads(line)
    shown = subprocess.run(
        [*shell, script.partition("exec caddy")[0] + 'echo "$PLAIN_ADDRESS"'],
        env={"PATH": os.defpath, "SITE_ADDRESS": site},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == plain


def test_the_caddyfile_is_formatted(tmp_path: Path) -> None:
    shown = subprocess.run(
        [binaries.caddy(), "fmt", ROOT / "Caddyfile"], capture_output=True, text=True, check=False
    )
    assert shown.stdout == (ROOT / "Caddyfile").read_text()


@pytest.mark.parametrize("given", [None, "", "onlyuser", "user:"])
def test_flower_does_not_start_without_a_password(given: str | None) -> None:
    environment = {"PATH": os.defpath} | ({} if given is None else {"FLOWER_BASIC_AUTH": given})
    ran = subprocess.run(
        ROOT / "bin" / "flower", env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "FLOWER_BASIC_AUTH" in ran.stderr


def test_the_commands_are_shell_that_parses() -> None:
    for path in (*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"):
        first = path.read_text().splitlines()[0]
        shell = "bash" if "bash" in first else "sh"
        assert subprocess.run([shell, "-n", path], check=False).returncode == 0, path


@pytest.mark.where_possible
@pytest.mark.skipif(
    shutil.which("docker") is None
    or b"compose" not in subprocess.run(["docker", "help"], capture_output=True, check=False).stdout,
    reason="there is no docker compose",
)
def test_docker_compose_accepts_the_file(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    (tmp_path / ".env").write_text(
        "POSTGRES_PASSWORD=a\nVALKEY_PASSWORD=b\nSITE_ADDRESS=parley.example.org\n"
    )
    checked = subprocess.run(
        ["docker", "compose", "--profile", "*", "config", "--quiet"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
