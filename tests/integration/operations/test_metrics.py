"""What the web process tells Prometheus, and whom else it tells nothing."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from engines.formation import ROOT
from engines.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

Metrics = dict[str, float]


def scrape(house: House, port: int | None = None) -> Metrics:
    """Every sample, by its name and labels as they stand in the text."""
    answer = requests.get(f"http://{LOOPBACK}:{port or house.formation.ports.web}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    values: Metrics = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            label = ",".join(sample.labels.values())
            values[f"{sample.name} {label}".strip()] = sample.value
    return values


def test_a_house_at_rest_tells_every_figure(operated: House) -> None:
    # Nobody has drained before the first sweep has looked for news that waits.
    operated.eventually(lambda: any(name.startswith("parley_drain_held") for name in scrape(operated)))
    metrics = operated.eventually(lambda: (seen := scrape(operated))["parley_sweep_age_seconds"] < 5 and seen)
    page = (ROOT / "docs" / "operations.md").read_text()
    named = set(re.findall(r"^\| `(parley_\w+)`", page, re.M))
    assert {name.split(" ")[0] for name in metrics} | {"parley_webhooks_total"} == named
    assert metrics["parley_engine_up redis"] == metrics["parley_engine_up postgres"] == 1
    assert metrics["parley_inbox_entries"] == metrics["parley_alarms"] == 0


def test_what_waits_is_counted_while_nobody_takes_it(operated: House, phone: str) -> None:
    operated.formation.kill("worker", signal.SIGSTOP)
    for _ in range(3):
        operated.deliver(operated.meta.said(operated.meta.text(phone, "Hello?")))
    metrics = scrape(operated)
    assert metrics["parley_inbox_entries"] == 3
    assert metrics["parley_inbox_oldest_seconds"] > 0
    operated.formation.kill("worker", signal.SIGCONT)
    operated.eventually(lambda: scrape(operated)["parley_inbox_entries"] == 0)


def test_deliveries_are_counted_by_outcome(operated: House, phone: str) -> None:
    before = scrape(operated)
    for _ in range(5):
        operated.deliver(operated.meta.said(operated.meta.text(phone, "Hello")))
    operated.deliver(b"x" * (4 * 1024 * 1024 + 1))
    after = scrape(operated)
    assert rise(before, after, "parley_webhooks_total accepted") == 5
    assert rise(before, after, "parley_webhooks_total too_large") == 1
    assert rise(before, after, "parley_requests_total 2xx") >= 5
    assert rise(before, after, "parley_requests_total 4xx") == 1


def test_every_web_process_tells_the_sum_of_all(operated: House, phone: str) -> None:
    port = free_port()
    other = operated.formation.add("other web", line="web", env={"WEB_PORT": str(port)})
    try:
        operated.eventually(lambda: answers(port))
        before = scrape(operated)
        webhook = f"http://{LOOPBACK}:{port}/api/v1/whatsapp/webhook"
        for _ in range(4):
            assert requests.post(
                webhook, data=operated.meta.said(operated.meta.text(phone, "Hi")), timeout=10
            ).ok
        accepted = "parley_webhooks_total accepted"
        operated.eventually(lambda: rise(before, scrape(operated), accepted) == 4)
        operated.deliver(operated.meta.said(operated.meta.text(phone, "Hi")))
        operated.eventually(lambda: rise(before, scrape(operated, port), accepted) == 5)
    finally:
        assert other.stop(30) == 0


def test_without_postgres_its_figures_are_left_out_and_the_rest_is_told(operated: House) -> None:
    postgres = operated.formation.postgres
    assert postgres is not None
    postgres.stop()
    metrics = operated.eventually(
        lambda: (seen := scrape(operated))["parley_engine_up postgres"] == 0 and seen
    )
    assert metrics["parley_engine_up redis"] == 1
    assert "parley_inbox_entries" in metrics
    assert "parley_media_pending" not in metrics


def test_metrics_are_not_for_the_public(operated: House) -> None:
    through_the_door = requests.get(f"{operated.site}/metrics", timeout=10)
    assert through_the_door.status_code == 404
    assert b"parley_" not in through_the_door.content
    web = f"http://{LOOPBACK}:{operated.formation.ports.web}/metrics"
    passed_on = requests.get(web, headers={"X-Forwarded-For": "203.0.113.9"}, timeout=10)
    assert passed_on.status_code == 404


def rise(before: Metrics, after: Metrics, name: str) -> float:
    return after.get(name, 0.0) - before.get(name, 0.0)


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://{LOOPBACK}:{port}/healthz", timeout=5).ok
    except requests.RequestException:
        return False
