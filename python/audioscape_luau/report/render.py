"""A page as HTML."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from audioscape_luau.report.page import Page
from roblox_double.legible import legible


def render(page: Page) -> str:
    """Return a page as one HTML document that needs nothing else."""
    return _environment().get_template("page.html.jinja").render(page=page)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("audioscape_luau.report"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown(value: object) -> object:
    return legible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
