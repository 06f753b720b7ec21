"""The fault table: what strikes, and what must hold. The oracle holds for every row; ``must`` says what else does."""

from __future__ import annotations

from faults import clienttable, metatable, processtable, servertable
from faults.row import Row

ROWS: tuple[Row, ...] = (*processtable.ROWS, *servertable.ROWS, *clienttable.ROWS, *metatable.ROWS)
