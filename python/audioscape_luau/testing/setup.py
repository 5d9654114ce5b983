"""What the game of a test is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audioscape_luau.testing.api import AudioscapeApi
from audioscape_luau.testing.game import Roblox
from roblox_double import ScriptTree, Secret, Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """A project, and how it is to be run; see `Roblox`."""

    project: ScriptTree
    settings: Settings | None = None
    secrets: Mapping[str, str | Secret] = field(default_factory=dict[str, str | Secret])
    services: ScriptTree | None = None
    allow_errors: bool = False
    """Whether scripts may raise errors that nobody catches."""

    def start(self, api: AudioscapeApi, game: ScriptTree | None = None) -> Roblox:
        """Start the game; `game` is the project unless it is given."""
        return Roblox(api, game or self.project, settings=self.settings, secrets=self.secrets, services=self.services)
