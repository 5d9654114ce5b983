"""The facts about the engine that nobody publishes, each with the answer a universe assumes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One field per unknown or switchable fact. A client has to be right whichever way each of them goes."""

    signal_behavior: Literal["immediate", "deferred"] = "immediate"
    """`Workspace.SignalBehavior`: immediate is today's default, deferred what Studio's templates set."""
    handler_order: Literal["last_first", "first_first"] = "last_first"
    """Order in which the handlers of one event run. Documented as unpredictable; last first was observed."""
    event_reentrancy_limit: int = 10
    """Events that fire one another are cut off at this depth (documented)."""
    defer_reentrancy_limit: int = 80
    """Depth at which a chain of `task.defer` is refused; the number is not documented."""
    require_cycle: Literal["error", "hang"] = "error"
    """What modules that require each other meet: the documentation says both."""
    server_time_skew: float = 0.0
    """Seconds by which this place's `GetServerTimeNow` is ahead of `os.time`."""
