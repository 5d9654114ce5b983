"""What stands behind a game under test: the seam by which a package adds an API that it mocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from roblox_double.assets import Asset
from roblox_double.project.script_tree import ScriptTree
from roblox_double.secret import Secret
from roblox_double.vm import LuauValue


class Backend:
    """An API that the game's scripts speak to, mocked from `with` to its end.

    It answers requests by whatever intercepts httpx, such as routes of respx. This class is one that does nothing;
    override what there is to say.
    """

    name: ClassVar[str | None] = None
    """What it is, for a failure to name it: "the leaderboard API"."""
    routes: ClassVar[str | None] = None
    """How a test adds routes to it, if it has a router for other hosts: "leaderboard.router"."""
    faults: ClassVar[tuple[type[Exception], ...]] = ()
    """What it raises for a request that it should not have got. Such an error ends the test; no script can catch it."""
    spec_module: ClassVar[Path | None] = None
    """A Luau module that returns what `test` has besides, in `*.spec.luau`.

    It is a function `(tell, facts) -> { [string]: any }`. `facts` is `spec_facts()`; `tell(message)` gives a message to
    `hear`, and raises an error at the line that called its caller if the message is refused.
    """

    @property
    def host(self) -> str | None:
        """The only host to which secrets are sent that a game is given as plain text; None for any."""
        return None

    @property
    def secrets(self) -> Mapping[str, Secret]:
        """What `HttpService:GetSecret` finds, unless the game is given other secrets of these names."""
        return {}

    @property
    def assets(self) -> Mapping[int, Asset]:
        """Sounds that load in the game, besides those that a test adds."""
        return {}

    def meet_game(self, game: ScriptTree) -> None:
        """Look at a game, a DataModel, before it starts."""

    def verify(self) -> None:
        """Raise AssertionError if any request so far was one that it should not have got."""

    def spec_facts(self) -> LuauValue:
        """Return what `spec_module` is told."""
        return None

    def hear(self, message: dict[str, Any]) -> None:
        """Do what `spec_module` asks. Raises ValueError for a message that is refused, with the text for its author."""
        raise ValueError(f"no backend handles {message}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Answer no more."""


def faults_of(backends: Sequence[Backend]) -> tuple[type[Exception], ...]:
    """Return what any of them raises for requests that should not have been sent."""
    return tuple(fault for backend in backends for fault in backend.faults)
