"""The forms in which the Luau module ships: a model file, a single file, and a Wally package."""

from __future__ import annotations

from audioscape_luau.tools.packaging.forms import build
from audioscape_luau.tools.packaging.tools import BuildError

__all__ = ["BuildError", "build"]
