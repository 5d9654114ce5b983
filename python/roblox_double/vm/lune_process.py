"""Processes of Lune, which speak in lines. Idle ones are kept: starting one takes longer than most tests do."""

from __future__ import annotations

import atexit
import math
import os
import queue
import select
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

_MAIN = Path(__file__).parent / "lune_side" / "main.luau"
_CHUNK = 1 << 16
_SELECTS_PIPES = sys.platform != "win32"
"""Whether one can wait for a pipe; Windows knows only sockets there, and needs a thread that reads."""
_MOST_IDLE = 4
"""A universe rarely has more peers than this."""

_idle: dict[tuple[str, int], list[LuneProcess]] = {}
"""By program, and by who started it: whoever was forked from us has our pipes, but must not speak there."""


class LuneProcess:
    """A running `lune`, started from `program`. Only `take` makes one."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._unread = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - whoever asks has found the program
            [program, "run", str(_MAIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._said: queue.SimpleQueue[bytes] | None = None
        if not _SELECTS_PIPES:
            self._said = queue.SimpleQueue()
            stream = _asked_for(self._process.stdout)
            threading.Thread(target=_pass_on, args=(stream, self._said), daemon=True).start()

    def write(self, line: bytes) -> None:
        """Send a line, given without its end."""
        stream = _asked_for(self._process.stdin)
        stream.write(line + b"\n")
        stream.flush()

    def read(self, deadline: float = math.inf) -> bytes:
        """Return the next line without its end.

        Raises TimeoutError at `deadline`, a time of `time.monotonic`, and RuntimeError if the process has ended.
        """
        parts = [self._unread]
        while b"\n" not in parts[-1]:
            part = self._part(None if math.isinf(deadline) else max(0.0, deadline - time.monotonic()))
            if not part:
                self._errors.seek(0)
                raise RuntimeError(f"Lune has ended: {self._errors.read().decode(errors='replace')}")
            parts.append(part)
        line, _, self._unread = b"".join(parts).partition(b"\n")
        return line

    def _part(self, wait: float | None) -> bytes:
        """Return what it said next, nothing if it has ended. Raises TimeoutError after `wait` seconds."""
        if self._said is not None:
            try:
                return self._said.get(timeout=wait)
            except queue.Empty:
                raise TimeoutError from None
        stream = _asked_for(self._process.stdout)
        if not select.select([stream], [], [], wait)[0]:
            raise TimeoutError
        return os.read(stream.fileno(), _CHUNK)

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def give_back(self) -> None:
        """Keep it for the next who takes one. It must be waiting for a line."""
        idle = _idle.setdefault(_key(self._program), [])
        if len(idle) < _MOST_IDLE:
            idle.append(self)
        else:
            self.kill()


def _asked_for(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - it is a pipe
    return stream


def _pass_on(stream: IO[bytes], said: queue.SimpleQueue[bytes]) -> None:
    part = b"more"
    while part:
        try:
            part = os.read(stream.fileno(), _CHUNK)
        except (OSError, ValueError):  # it was closed meanwhile
            part = b""
        said.put(part)


def take(program: str) -> LuneProcess:
    """Return an idle process of `program`, or a new one."""
    idle = _idle.get(_key(program))
    return idle.pop() if idle else LuneProcess(program)


def _key(program: str) -> tuple[str, int]:
    return program, os.getpid()


@atexit.register
def _end_idle() -> None:
    for (_, owner), idle in _idle.items():
        while idle and owner == os.getpid():
            idle.pop().kill()


__all__ = ["LuneProcess", "take"]
