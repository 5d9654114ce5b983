"""The demo: a radio in virtual time, from the specification to the music."""

from __future__ import annotations

from audioscape_luau.demo.play import CannotPlay, Plan, play
from audioscape_luau.demo.world import Trouble

__all__ = ["CannotPlay", "Plan", "Trouble", "play"]
