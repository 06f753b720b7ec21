"""Several houses in which rows are played side by side: a row is mostly waiting, for leases, sweeps and calm."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from faults.home import Home, home
from faults.play import play
from faults.report import Result
from faults.tables.row import Row


class Houses:
    """Plays ``rows`` in ``count`` houses; who asks for a row's result waits for that row alone."""

    def __init__(self, rows: Sequence[Row], count: int, directory: Path) -> None:
        self._results: dict[str, Future[Result]] = {row.name: Future() for row in rows}
        self._rows: queue.SimpleQueue[Row] = queue.SimpleQueue()
        for row in rows:
            self._rows.put(row)
        self._directory = directory
        self._patience = float(count)
        self._threads = [threading.Thread(target=self._keep, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    def result(self, row: Row) -> Result:
        """How the row went; raises what kept it from being played."""
        return self._results[row.name].result()

    def close(self) -> None:
        """Play no further row, and end the houses."""
        while self._next() is not None:
            pass
        for thread in self._threads:
            thread.join()

    def _keep(self, number: int) -> None:
        # A process is tied to the thread that started it, so a house has one thread from beginning to end.
        try:
            with home(self._directory / str(number)) as place:
                while (row := self._next()) is not None:
                    self._play(row, place)
        except Exception as error:
            while (row := self._next()) is not None:
                self._results[row.name].set_exception(error)

    def _play(self, row: Row, place: Home) -> None:
        try:
            result = play(row, place, self._directory / row.name, patience=self._patience)
            self._results[row.name].set_result(result)
        except Exception as error:
            self._results[row.name].set_exception(error)

    def _next(self) -> Row | None:
        try:
            return self._rows.get_nowait()
        except queue.Empty:
            return None
