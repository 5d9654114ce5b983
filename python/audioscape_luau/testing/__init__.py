"""The mocked API behind a game under test, which `roblox_double.testing` runs."""

from __future__ import annotations

from audioscape_luau.testing.api import AudioscapeApi

__all__ = ["AudioscapeApi"]
