"""The fault table: what strikes, and what must hold. The oracle holds for every row; ``must`` says what else does."""

from __future__ import annotations

from faults.tables import clients, meta, processes, servers
from faults.tables.row import Row

ROWS: tuple[Row, ...] = (*processes.ROWS, *servers.ROWS, *clients.ROWS, *meta.ROWS)
