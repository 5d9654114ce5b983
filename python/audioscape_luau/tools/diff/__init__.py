"""What changed between two versions of a promise: the specification of the API, or the surface of the Luau module."""

from __future__ import annotations

from audioscape_luau.tools.diff.change import Change, Verdict
from audioscape_luau.tools.diff.operations import diff
from audioscape_luau.tools.diff.surface import surface_changes

__all__ = ["Change", "Verdict", "diff", "surface_changes"]
