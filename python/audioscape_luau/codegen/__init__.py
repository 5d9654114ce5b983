"""The API model -> Luau: names and literals, views, templates, files."""

from __future__ import annotations

from audioscape_luau.codegen.environment import UnsafeOutputError
from audioscape_luau.codegen.render import problems_of, render, render_remote
from audioscape_luau.codegen.selection import SelectionError, select
from audioscape_luau.codegen.write import drift, module_files, remote_files, runtime_files, write

__all__ = [
    "SelectionError",
    "UnsafeOutputError",
    "drift",
    "module_files",
    "problems_of",
    "remote_files",
    "render",
    "render_remote",
    "runtime_files",
    "select",
    "write",
]
