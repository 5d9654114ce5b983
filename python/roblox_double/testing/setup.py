"""What the game of a test is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import respx

from roblox_double.project.script_tree import ScriptTree
from roblox_double.secret import Secret
from roblox_double.settings import Settings
from roblox_double.testing.backend import Backend
from roblox_double.testing.game import Roblox
from roblox_double.universe import NotModelled, VmName


@dataclass(frozen=True, slots=True)
class Setup:
    """A project, and how it is to be run; see `Roblox`."""

    project: ScriptTree
    settings: Settings | None = None
    secrets: Mapping[str, str | Secret] = field(default_factory=dict[str, str | Secret])
    services: ScriptTree | None = None
    allow_errors: bool = False
    """Whether scripts may raise errors that nobody catches."""
    not_modelled: NotModelled = "strict"
    """Whether a test fails whose scripts ask for what the double does not model."""
    vm: VmName | None = None
    """Where the Luau runs; see `Universe`."""

    def start(self, backends: Sequence[Backend], http: respx.MockRouter, game: ScriptTree | None = None) -> Roblox:
        """Start the game; `game` is the project unless it is given."""
        return Roblox(
            game or self.project,
            backends=backends,
            http=http,
            settings=self.settings,
            secrets=self.secrets,
            services=self.services,
            not_modelled=self.not_modelled,
            vm=self.vm,
        )
