"""How every command ends: with an exit code that says what happened, and a line about what went wrong."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from audioscape_luau.mock.hiding import hide
from audioscape_luau.openapi import SpecError
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.open_cloud import KEY as OPEN_CLOUD_KEY

KEY_VARIABLE = "AUDIOSCAPE_API_KEY"
_SECRETS = (KEY_VARIABLE, OPEN_CLOUD_KEY)
TRACEBACK = "--traceback"
_CANNOT_RUN = 2
INTERRUPTED = 130
"""The exit code after Ctrl+C, as shells have it."""
_AGAIN = 0.5
"""Seconds of work after which Ctrl+C is raised again."""
_LONGEST = 1000
"""Characters of a line about a fault of ours."""


class CannotRun(Exception):  # noqa: N818 - what it says
    """Why a command cannot do what it was asked for, in words for whoever asked."""


class Commands(TyperGroup):
    """The commands. Whatever goes wrong in one of them ends here, so that 1 always is what that command means by it."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run a command and end the process with its exit code; out of `standalone_mode`, leave that to the caller."""
        if not standalone_mode:
            return super().main(args, *rest, standalone_mode=False, **extra)
        words, traced = _without_traceback(sys.argv[1:] if args is None else args)
        run = super().main
        return sys.exit(_end(lambda: run(words, *rest, standalone_mode=False, **extra), words, traced=traced))


def _without_traceback(words: Sequence[str]) -> tuple[list[str], bool]:
    """Return the words without the option that may stand anywhere among them, and whether it did."""
    end = words.index("--") if "--" in words else len(words)
    return [*(word for word in words[:end] if word != TRACEBACK), *words[end:]], TRACEBACK in words[:end]


def _end(run: Callable[[], Any], words: Sequence[str], *, traced: bool) -> int:
    """Run something; return its exit code, or tell what went wrong."""
    _take_any_text()
    try:
        with _interrupts_that_arrive():
            code = run()
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except SystemExit as end:
        # That is how Typer ends where nobody reads, with 1.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        code = _tell(end.__context__, words, traced=traced)
    except BaseException as error:
        code = _tell(error, words, traced=traced)
    _let_go_of_what_nobody_reads()
    return code if isinstance(code, int) else 0


def _tell(error: BaseException, words: Sequence[str], *, traced: bool) -> int:
    keys = tuple(_keys(words))
    with suppress(OSError):
        console = Terminal(stderr=True)
        if traced:
            console.print(hide("".join(traceback.format_exception(error)).rstrip(), keys))
        for line in _lines(error):
            console.print(hide(line, keys), style="red")
    return _CANNOT_RUN


def _lines(error: BaseException) -> Iterator[str]:
    """Say in a line what went wrong; of a specification, in a line for each problem of it."""
    if isinstance(error, SpecError):
        yield from (str(problem) for problem in error.problems)
        return
    usage = getattr(error, "format_message", None)
    if isinstance(error, CannotRun):
        text = str(error)
    elif usage is not None:
        context = getattr(error, "ctx", None)
        text = f"{usage()} (see {context.command_path} --help)" if context else usage()
    elif isinstance(error, BrokenPipeError):
        text = f"could not write the output: {error.strerror}"
    elif isinstance(error, OSError):
        text = str(error) if error.filename is None or not error.strerror else f"{error.filename}: {error.strerror}"
    else:
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
        text = f"audioscape itself failed (a bug, not a result): {said}"
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} ..."
        text += f" ({TRACEBACK} shows where)"
    yield " ".join(text.split())


def _keys(words: Sequence[str]) -> Iterator[str]:
    """Yield the API keys that a command was given."""
    yield from filter(None, (os.environ.get(name, "").strip() for name in _SECRETS))
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        name, _, value = word.partition("=")
        if name == "--key" and (value or following):
            yield value or following


@contextmanager
def _interrupts_that_arrive() -> Generator[None]:
    """Let Ctrl+C be raised again for as long as the process works on, and be how it ends.

    An exception in a destructor is dropped, and what was interrupted is no result.
    """
    if sys.platform == "win32":  # it has no such timers
        yield
        return
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    seen = False

    def interrupted(*_: object) -> None:
        nonlocal seen
        seen = True
        signal.setitimer(signal.ITIMER_VIRTUAL, _AGAIN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGVTALRM)}
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
        if seen:
            raise KeyboardInterrupt


def _take_any_text() -> None:
    """Let both streams be there, and take what their encoding cannot write."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_what_nobody_reads() -> None:
    """Give up what is left to write where nobody takes it: Python complains of that at its end, with a code of 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
