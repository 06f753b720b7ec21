"""Calls to Meta and nothing else: a session of requests, posted through from a pool of threads.

``python -m bench.references.post URL BODIES THREADS RATE`` warms up, says ready, waits for a line, posts each body of
the file, RATE a second (0: as fast as the threads can), and says done. No record, no retry, no event.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

_TIMEOUT_S = 20.0


def main(url: str, path: str, threads: int, rate: float) -> None:
    bodies = json.loads(Path(path).read_text())
    session = requests.Session()
    session.headers["Authorization"] = "Bearer benchmark-token"
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=threads))

    def post(body: dict[str, Any]) -> str:
        answer = session.post(url, json=body, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return str(answer.json()["messages"][0]["id"])

    with ThreadPoolExecutor(threads) as pool:
        warm_up, timed = bodies[:threads], bodies[threads:]
        list(pool.map(post, warm_up))
        print("ready", flush=True)
        sys.stdin.readline()
        ids = [future.result() for future in [pool.submit(post, body) for body in _paced(timed, rate)]]
        assert len(set(ids)) == len(timed)
        print("done", flush=True)


def _paced(bodies: Sequence[dict[str, Any]], rate: float) -> Iterator[dict[str, Any]]:
    began = time.monotonic()
    for number, body in enumerate(bodies):
        if rate:
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield body


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
