"""What a failure in Luau looks like to somebody who reads pytest's report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from respx.models import AllMockedAssertionError

from audioscape_luau.engine import LuauError, LuauTimeout
from audioscape_luau.mock import ContractViolation
from audioscape_luau.testing.game import Roblox

_PACKAGE = Path(__file__).parents[1]
_TELLING = (LuauError, LuauTimeout, ContractViolation, AllMockedAssertionError)
_PLACED = re.compile(r"\S+:\d+: ")

_GLOBAL_CALL = re.compile(r"^\s*(?:describe|it|expect|beforeEach|afterEach)\(", re.MULTILINE)
_LOCAL = re.compile(r"\blocal\b[^=\n]*\b(?:describe|it|expect|beforeEach|afterEach)\b[^=\n]*=")
_NO_GLOBALS = """
describe, it and expect are no globals here. A spec gets them as
  return function(test: any)
      local describe, it, expect = test.describe, test.it, test.expect"""


def explain(error: BaseException, game: Roblox, folder: Path) -> None:
    """Note on an error which files it is about, and cut the harness off the traceback of one that says it all itself.

    The files are named as seen from `folder`.
    """
    told = game.in_files(str(error), folder)
    if told != str(error):
        error.add_note(f"in files: {told}")
    if isinstance(error, _TELLING):
        for outer, inner in pairwise(_steps(error.__traceback__)):
            if _is_ours(inner) and not _is_ours(outer):
                outer.tb_next = None
                break


def with_place(message: str, traceback: str) -> str:
    """Return the message of a LuauError, led by the innermost place of the Luau stack if it names none itself."""
    if _PLACED.match(message) or not traceback.strip():
        return message
    return f"{traceback.split()[0]}: {message}"


def hint_about_globals(text: str, source: str) -> str:
    """Return what to add to an error of a spec that takes the functions of `test` for globals, as others have them."""
    if "attempt to call a nil value" in text and _GLOBAL_CALL.search(source) and not _LOCAL.search(source):
        return _NO_GLOBALS
    return ""


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(step: TracebackType) -> bool:
    return Path(step.tb_frame.f_code.co_filename).is_relative_to(_PACKAGE)
