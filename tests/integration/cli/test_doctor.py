"""``parley doctor`` against real processes: what it says of a house in order, and of one where something broke."""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from engines.formation import Formation
from engines.ports import LOOPBACK, free_port
from engines.valkey import Valkey
from tests.integration.cli.doctorhouse import SECRET, VERIFY_TOKEN, Report, examine, run

# Doctor's checks have seconds each: what is slow fails.
pytestmark = [pytest.mark.integration, pytest.mark.timed]
LONGEST_S = 16.0  # 15 for the checks, the rest for what is between them

# Environments that are wrong in one thing; the house itself is in order.
WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "verify token": {"WHATSAPP_VERIFY_TOKEN": "another-long-word"},
    "app secret": {"WHATSAPP_APP_SECRET": "f" * 32},
    "app id": {"WHATSAPP_APP_SECRET": "1234567890123456"},
    "public url": {"WHATSAPP_WEBHOOK_URL": f"http://localhost:{free_port()}/api/v1/whatsapp"},
    "host name": {"WHATSAPP_WEBHOOK_URL": "http://parley.invalid/api/v1/whatsapp"},
    "no token": {"WHATSAPP_ACCESS_TOKEN": "", "WHATSAPP_PHONE_NUMBER_ID": ""},
    "number": {"WHATSAPP_PHONE_NUMBER_ID": "999"},
    "postgres": {"DATABASE_URL": f"postgresql://parley:hunter2hunter2@localhost:{free_port()}/parley"},
    "redis": {"REDIS_URL": f"redis://:hunter2hunter2@localhost:{free_port()}/0"},
}


@pytest.fixture(scope="module")
def reports(house: Formation) -> dict[str, Report]:
    """Doctor in each of these environments, two at a time: more would keep each other from answering in time."""
    examine(house)  # after which doctor's own delivery is the newest
    with ThreadPoolExecutor(2) as pool:
        running = {name: pool.submit(examine, house, **env) for name, env in WRONG.items()}
    return {name: future.result() for name, future in running.items()}


def rows(house: Formation, sql: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(house.urls.database)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()
    finally:
        connection.close()


def test_a_house_in_order_has_nothing_failed_and_status_0(reports: dict[str, Report]) -> None:
    report = reports["nothing"]
    assert report.failed() == set(), report.output
    assert report.status == 0, report.output
    for check in ("redis", "redis persistence", "postgres", "migrations", "worker", "beat", "gateways"):
        assert report.of(check)["result"] == "ok"
    for check in ("callback", "verify token", "delivery", "sockets", "graph", "backlog", "clock"):
        assert report.of(check)["result"] == "ok"


def test_the_callback_to_paste_at_meta_is_told(reports: dict[str, Report], house: Formation) -> None:
    assert house.urls.webhook in reports["nothing"].of("callback")["text"]


def test_development_mode_is_a_warning(reports: dict[str, Report]) -> None:
    assert reports["nothing"].of("settings")["result"] == "warning"


def test_every_failure_and_warning_says_what_mends_it(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for finding in report.findings:
            assert finding["result"] in ("ok", "skipped") or finding["mend"].endswith(
                (".", ")", "com", "migrate")
            ), finding


def test_every_run_is_bounded(reports: dict[str, Report]) -> None:
    assert max(report.seconds for report in reports.values()) < LONGEST_S


def test_no_secret_is_ever_shown(reports: dict[str, Report]) -> None:
    for report in reports.values():
        for secret in (SECRET, VERIFY_TOKEN, "another-long-word", "hunter2hunter2", "sandbox-access-token"):
            assert secret not in report.output


def test_the_test_delivery_leaves_nothing_behind(reports: dict[str, Report], house: Formation) -> None:
    assert reports["nothing"].of("delivery")["result"] == "ok"
    assert rows(house, "SELECT count(*) FROM other_update WHERE field = 'parley_doctor'") == [(0,)]
    assert rows(house, "SELECT count(*) FROM contact") == [(0,)]


def test_its_own_delivery_is_not_taken_for_one_of_metas(reports: dict[str, Report]) -> None:
    assert "doctor's own" in reports["nothing"].of("deliveries")["text"]


def test_another_verify_token_in_the_web_process_is_told(reports: dict[str, Report]) -> None:
    finding = reports["verify token"].of("callback")
    assert finding["result"] == "FAIL"
    assert "WHATSAPP_VERIFY_TOKEN" in finding["mend"]


def test_another_app_secret_in_the_web_process_is_told(reports: dict[str, Report]) -> None:
    finding = reports["app secret"].of("delivery")
    assert finding["result"] == "FAIL"
    assert "same secret" in finding["mend"]


def test_an_app_id_in_place_of_the_secret_is_recognised(reports: dict[str, Report]) -> None:
    assert "App ID" in reports["app id"].of("app secret")["text"]


@pytest.mark.parametrize("name", ["public url", "host name"])
def test_a_public_url_that_leads_nowhere_is_told_from_a_broken_web_process(
    reports: dict[str, Report], house: Formation, name: str
) -> None:
    report = reports[name]
    assert report.failed() == {"callback", "sockets"}
    assert f"127.0.0.1:{house.ports.web} answers as it should" in report.of("callback")["text"]
    assert f"127.0.0.1:{house.ports.ws} works" in report.of("sockets")["text"]
    assert report.of("delivery")["result"] == "ok"


def test_without_a_token_graph_is_not_asked_and_a_warning_says_so(reports: dict[str, Report]) -> None:
    report = reports["no token"]
    assert report.of("graph")["result"] == "skipped"
    assert report.of("access token")["result"] == "warning"
    assert report.status == 0, report.output


def test_a_number_that_is_not_ours_is_told(reports: dict[str, Report]) -> None:
    finding = reports["number"].of("graph")
    assert finding["result"] == "FAIL"
    assert "WHATSAPP_PHONE_NUMBER_ID" in finding["mend"]


def test_a_token_that_meta_refuses_is_told(house: Formation) -> None:
    fault = {"kind": "graph_error", "on": "numbers", "code": 190, "status": 401}
    requests.post(f"{house.urls.phone}/sandbox/faults", json=fault, timeout=30).raise_for_status()
    finding = examine(house).of("graph")
    assert finding["result"] == "FAIL"
    assert "WHATSAPP_ACCESS_TOKEN" in finding["mend"]


def test_postgres_away_fails_once_and_what_leans_on_it_is_skipped(reports: dict[str, Report]) -> None:
    report = reports["postgres"]
    assert report.failed() == {"postgres"}
    assert "DATABASE_URL" in report.of("postgres")["mend"]
    assert report.of("migrations")["result"] == report.of("delivery")["result"] == "skipped"


def test_redis_away_fails_once_and_what_leans_on_it_is_skipped(reports: dict[str, Report]) -> None:
    report = reports["redis"]
    assert report.failed() == {"redis"}
    assert report.of("worker")["result"] == report.of("sockets")["result"] == "skipped"


def test_settings_that_keep_it_from_starting_are_all_told_at_once(house: Formation) -> None:
    wrong = {"APP_ENV": "production", "WHATSAPP_APP_SECRET": "", "WEB_PORT": "eight"}
    report = examine(house, **wrong)
    assert report.status == 1
    assert len(report.findings) == 3, report.output
    assert {finding["check"] for finding in report.findings} == {"settings"}


def test_people_get_a_line_a_check_and_the_sum(house: Formation) -> None:
    ran = run(house.env)
    lines = ran.stdout.splitlines()
    assert all(re.match(r"(ok|warning|FAIL|skipped) +[a-z]", line) for line in lines[:-2])
    assert lines[-1].startswith("0 failed")


def test_a_redis_that_keeps_nothing_evicts_and_is_another_houses_is_told(
    house: Formation, tmp_path: Path
) -> None:
    careless = {"appendonly": "no", "save": "3600 1", "maxmemory": "64mb", "maxmemory-policy": "allkeys-lru"}
    with Valkey(tmp_path, options=careless) as valkey:
        report = examine(house, REDIS_URL=valkey.url)
    assert "appendonly yes" in report.of("redis persistence")["mend"]
    assert report.of("redis persistence")["result"] == "FAIL"
    assert report.of("redis memory")["result"] == "FAIL"
    # The house behind the address uses another Redis, and is not taken for the one that was asked about.
    assert "another Parley" in report.of("delivery")["mend"]
    assert "this Redis" in report.of("sockets")["text"]


def test_a_killed_worker_and_a_killed_gateway_are_told_with_what_mends_them(house: Formation) -> None:
    house.kill("worker")
    house.kill("ws")
    report = examine(house)
    house.restart("worker")
    house.restart("ws")
    assert {"worker", "delivery", "sockets"} <= report.failed()
    assert report.of("worker")["mend"].startswith("Start the worker")
    assert report.of("sockets")["mend"].startswith("Start ws")
    assert report.seconds < LONGEST_S


def test_a_frozen_postgres_holds_doctor_for_a_bounded_time(house: Formation) -> None:
    assert house.postgres is not None
    house.postgres.freeze()
    try:
        report = examine(house)
    finally:
        house.postgres.thaw()
    assert "postgres" in report.failed()
    assert report.seconds < LONGEST_S


def test_gateways_are_looked_for_where_they_say_that_they_listen(house: Formation) -> None:
    """As in a container of the web process, whose own loopback has no gateway."""
    nowhere = f"http://{LOOPBACK}:{free_port()}/api/v1/whatsapp"
    finding = examine(house, WS_PORT=str(free_port()), WHATSAPP_WEBHOOK_URL=nowhere).of("sockets")
    assert finding["result"] == "FAIL"
    assert f"; the gateway at {LOOPBACK}:{house.ports.ws} works" in finding["text"]
    assert finding["mend"].startswith("Let the front door send /api/v1/ws/chat/ there")


def test_a_web_process_that_is_gone_is_told(house: Formation) -> None:
    house.kill("web", signal.SIGKILL)
    report = examine(house)
    house.restart("web")
    house.wait_until_ready()
    assert report.of("callback")["mend"].startswith("Start web")
    assert report.of("delivery")["result"] == "skipped"


def test_a_store_of_files_that_takes_none_is_told(house: Formation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (
        {"MEDIA_DIR": str(tmp_path / "file")},
        {
            "MEDIA_STORE": "s3://files",
            "S3_ENDPOINT": "http://127.0.0.1:9",
            "S3_ACCESS_KEY": "parley",
            "S3_SECRET_KEY": "hush-hush-hush",
        },
    ):
        report = examine(house, **place)
        assert report.of("media store")["result"] == "FAIL"
        assert report.of("media store")["mend"]
        assert "hush" not in report.output
