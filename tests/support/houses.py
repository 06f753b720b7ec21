"""Houses of one's own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from faults.house import House

StartHouse = Callable[..., contextlib.AbstractContextManager[House]]
