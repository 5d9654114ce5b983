"""What a failure in Luau looks like to somebody who reads pytest's report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import TracebackType

from roblox_double import double
from roblox_double.project import known_services
from roblox_double.testing.backend import faults_of
from roblox_double.testing.bridge import UnexpectedRequest
from roblox_double.testing.game import GameError, NotModelledError, Roblox
from roblox_double.testing.places import with_place
from roblox_double.vm import LuauError, LuauTimeout

_PACKAGE = Path(__file__).parents[1]
_TELLING = (LuauError, LuauTimeout, UnexpectedRequest)

_MISSING = re.compile(r"not modelled: (.+?)(?: \(\d+ times\))?$", re.MULTILINE)
_GLOBAL_CALL = re.compile(r"^\s*(?:describe|it|expect|beforeEach|afterEach)\(", re.MULTILINE)
_LOCAL = re.compile(r"\blocal\b[^=\n]*\b(?:describe|it|expect|beforeEach|afterEach)\b[^=\n]*=")
_NO_GLOBALS = """
describe, it and expect are not globals here. Take them from the parameter:
  return function(test: any)
      local describe, it, expect = test.describe, test.it, test.expect"""


def explain(error: BaseException, game: Roblox, folder: Path) -> None:
    """Note on an error which files it is about, and cut the harness off the traceback of one that says it all itself.

    The files are named as seen from `folder`.
    """
    # Why a module could not be loaded stands in the output alone.
    causes = causes_in(game) if isinstance(error, LuauError) else []
    text = "\n".join([*causes, str(error), *getattr(error, "__notes__", ())])
    told = game.in_files(text, folder)
    if causes or told != text:
        error.add_note(f"in files: {told}")
    hint = hint_about_missing(text)
    if hint:
        error.add_note(hint.removeprefix("\n"))
    if isinstance(error, (*_TELLING, *faults_of(game.backends))):
        for outer, inner in pairwise(_steps(error.__traceback__)):
            if _is_ours(inner) and not _is_ours(outer):
                outer.tb_next = None
                break


def causes_in(game: Roblox) -> list[str]:
    """Return the errors that stand in the output of a game, each with the place where it was raised."""
    return [with_place(line.text, line.trace) for _, line in game.failures()]


def hint_about_globals(text: str, source: str) -> str:
    """Return what to add to an error of a spec that takes the functions of `test` for globals, as others have them."""
    if "attempt to call a nil value" in text and _GLOBAL_CALL.search(source) and not _LOCAL.search(source):
        return _NO_GLOBALS
    return ""


def told_of(error: GameError) -> str:
    """Return the whole text of what `Roblox.verify` raises, with what to do."""
    if not isinstance(error, NotModelledError):
        return f"uncaught script error on {error}{hint_about_missing(str(error))}"
    hints = dict.fromkeys(hint_about_missing(line) for line in str(error).splitlines())
    return (
        "the scripts use what the simulated Roblox does not have. They may have caught the errors, but a test that "
        f"passed would prove nothing about this:\n{error}{''.join(hints)}\n"
        'To let it pass, set @pytest.mark.roblox(not_modelled="report") or the ini option roblox_not_modelled.'
    )


def hint_about_missing(text: str) -> str:
    """Return what to add to an error of a script that asks for what the double does not have: how tests do without."""
    found = _MISSING.search(text)
    if found is None:
        return ""
    other = found[1]
    service = other.partition(".")[0]
    # One that is simulated in part is more than a stub could be.
    if service in known_services() and double.source(f"services/{service}") is None:
        return (
            f"\nThe simulated Roblox has no {other}. Write a stub for the service: a module {service}.luau in the "
            "folder that the ini option roblox_services names."
        )
    return (
        f"\nThe simulated Roblox has no {other}. Move the code that needs it to its own module, and point the tests at "
        "a second Rojo project (ini option roblox_project) that swaps in a stub."
    )


def place_of(error: BaseException) -> str | None:
    """Return the line of a script that ran when the harness stopped it, if the VM has noted that."""
    notes: list[str] = getattr(error, "__notes__", [])
    return next((note.removeprefix("at ") for note in notes if note.startswith("at ")), None)


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


def _is_ours(step: TracebackType) -> bool:
    return Path(step.tb_frame.f_code.co_filename).is_relative_to(_PACKAGE)
