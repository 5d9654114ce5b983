"""What a failure in Luau looks like to somebody who reads pytest's report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from audioscape_luau.engine import LuauError, LuauTimeout
from audioscape_luau.testing.game import Roblox

_PACKAGE = Path(__file__).parents[1]
_PLACED = re.compile(r"\S+:\d+: ")


def explain(error: BaseException, game: Roblox, folder: Path) -> None:
    """Note on an error which files it is about, and cut the harness off the traceback of one that is Luau's.

    The files are named as seen from `folder`.
    """
    told = game.in_files(str(error), folder)
    if told != str(error):
        error.add_note(f"in files: {told}")
    if isinstance(error, LuauError | LuauTimeout):
        outside = [step for step in _steps(error.__traceback__) if not _is_ours(step)]
        if outside:
            outside[-1].tb_next = None


def with_place(message: str, traceback: str) -> str:
    """Return the message of a LuauError, led by the innermost place of the Luau stack if it names none itself."""
    if _PLACED.match(message) or not traceback.strip():
        return message
    return f"{traceback.split()[0]}: {message}"


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(step: TracebackType) -> bool:
    return Path(step.tb_frame.f_code.co_filename).is_relative_to(_PACKAGE)
