"""Work done in forked processes, each of which begins as an exact copy of this one."""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import cast

LONGEST = 600.0
"""Real seconds after which a process that says nothing is killed."""


def can_fork() -> bool:
    """Say whether this system has forks; Windows has none."""
    return "fork" in multiprocessing.get_all_start_methods()


def forked[T, R](work: Callable[[T], R], inputs: Iterable[T], jobs: int) -> Iterator[tuple[T, R | None]]:
    """Yield each input with what `work` returns for it in a process of its own, as they end; None if that died.

    At most `jobs` of them run at once, and an input is taken only when its turn has come. Raises ValueError if not
    `can_fork`.
    """
    if sys.platform == "win32":
        raise ValueError("this system has no forks")
    fork = multiprocessing.get_context("fork")
    waiting = iter(inputs)
    running: dict[Connection, tuple[T, BaseProcess]] = {}
    while True:
        while len(running) < jobs:
            try:
                value = next(waiting)
            except StopIteration:
                break
            receiver, sender = fork.Pipe(duplex=False)
            process = fork.Process(target=_run, args=(work, value, sender), daemon=True)
            with warnings.catch_warnings():
                # Python warns of forks beside threads. Of these there is one in each of pytest-xdist's workers, which
                # reads what the main process says and which nothing that is forked waits for.
                warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
                process.start()
            sender.close()
            running[receiver] = value, process
        if not running:
            return
        ended = cast("list[Connection]", wait(list(running), LONGEST)) or list(running)
        for receiver in ended:
            value, process = running.pop(receiver)
            result: R | None = None
            if receiver.poll():
                try:
                    result = receiver.recv()
                except EOFError:
                    result = None
            process.kill()
            process.join()
            receiver.close()
            yield value, result


def _run[T, R](work: Callable[[T], R], value: T, sender: Connection) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    sender.send(work(value))
    sender.close()
    # Nothing is tidied up: what is half done here is nobody's but this process's.
    os._exit(0)
