"""The demo: a radio in virtual time, from the specification to the music."""

from __future__ import annotations

from audioscape_luau.tools.demo.play import CannotPlay, Plan, play

__all__ = ["CannotPlay", "Plan", "play"]
