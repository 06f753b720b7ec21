"""What every resource is: an aggregate's responders, and the side doors by which middleware treats it otherwise."""

from __future__ import annotations

from typing import Any, ClassVar

from models.actors.agents import ROLES

_DOORS = ("public", "needs_database", "takes_deliveries", "roles", "readers")


class Resource:
    """One class an aggregate; responders of further paths have a suffix (Falcon: ``add_route(..., suffix=)``).

    A misspelt side door fails when the class is made, not in production.
    """

    public: ClassVar[bool] = False
    """Nobody is asked who they are."""
    needs_database: ClassVar[bool] = True
    """It may wait for Postgres, so it takes one of the places that are left beside webhooks."""
    takes_deliveries: ClassVar[bool] = False
    """It is Meta's door: not limited, and counted by what became of each delivery."""
    roles: ClassVar[tuple[str, ...]] = ROLES
    """Who may use it."""
    readers: ClassVar[tuple[str, ...]] = ()
    """Who may use its safe methods besides."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        unknown = [
            name
            for name, value in vars(cls).items()
            if not (name.startswith(("_", "on_")) or name in _DOORS or callable(value))
        ]
        if unknown:
            raise TypeError(f"{cls.__name__} has {', '.join(unknown)}; side doors are {', '.join(_DOORS)}.")
