"""The template engine, narrowed so that a template cannot print text that nobody made safe."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from audioscape_luau.codegen.literals import Luau

TEMPLATES = Path(__file__).parent / "templates"


class UnsafeOutputError(TypeError):
    """A template tried to print something other than a Luau token."""


@cache
def environment(folder: Path | None = None) -> jinja2.Environment:
    """Return an environment; templates that `folder` holds take the place of ours of the same name.

    It is kept, as to compile the templates takes longer than to fill them; one that is changed on disk is read again.

    Delimiters are `<% %>`, `<< >>` and `<# #>`: jinja's own are Luau code.
    """
    loaders = [jinja2.FileSystemLoader(path) for path in (folder, TEMPLATES) if path is not None]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        undefined=jinja2.StrictUndefined,
        # What a macro returns is then Markup, by which `_print` knows it; nothing is ever escaped for HTML.
        autoescape=True,
        finalize=_print,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.clear()
    made.globals.clear()
    return made


def _print(value: object) -> Markup:
    """Let through Luau tokens, and what macros made of them, less the end of its last line."""
    if isinstance(value, Luau):
        return Markup(value.text)  # noqa: S704
    if isinstance(value, Markup):
        return Markup(value.removesuffix("\n"))  # noqa: S704
    raise UnsafeOutputError(f"a template can print Luau tokens only, not {type(value).__name__} {value!r}")
