"""The API model -> Luau: names and literals, views, templates, files."""

from __future__ import annotations

from audioscape_luau.codegen.environment import UnsafeOutputError
from audioscape_luau.codegen.render import problems_of, render
from audioscape_luau.codegen.write import drift, runtime_files, write

__all__ = ["UnsafeOutputError", "drift", "problems_of", "render", "runtime_files", "write"]
