"""The VM in Lune, the runtime of the Luau ecosystem: another Luau, in a process of its own.

Both sides write one JSON list a line, in the encoding of `lune_side/values.luau`. We say `boot`, `call`, `answer` or
`memory`, and get `done` with the results or `failed` with the error, before which the double may `tell` (call a host
function) and `ask` (call one for its results). Answers are sent once it is `done`: only then does anybody read there.

A process serves one VM after the other. Each `boot` makes a new double, and what outlives the old one is frozen.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from roblox_double import double
from roblox_double.vm import LuauError, LuauTimeout, LuauValue, Opaque, VmOptions
from roblox_double.vm.lune_process import LuneProcess, take

_LARGEST = 2.0**63
_CONSTANTS: Mapping[str, LuauValue] = {"z": None, "t": True, "f": False}


def find_lune() -> str | None:
    """Return the path of Lune, or None if it is not on PATH."""
    return shutil.which("lune")


class LuneVm:
    """See `vm.Vm`.

    Raises FileNotFoundError if Lune is not there. Lune has no limit of memory: `VmOptions.memory_limit` does nothing.
    """

    def __init__(self, options: VmOptions) -> None:
        program = find_lune()
        if program is None:
            raise FileNotFoundError("lune is not on the PATH. Install it: rokit add lune-org/lune")
        self._options = options
        self._abort: BaseException | None = None
        self._deadline = math.inf
        self._busy = False
        self._answers: list[list[LuauValue]] = []
        self._process: LuneProcess | None = take(program)
        # The double's own start can be trusted to end.
        self._request("boot", options.config, str(double.ROOT), limit=None)

    # The conversation

    def call(self, name: str, *args: LuauValue) -> list[LuauValue]:
        return self._request("call", name, *args, limit=self._options.time_limit)

    @property
    def used_memory(self) -> int:
        return 0 if self._process is None else cast(int, self._request("memory", limit=None)[0])

    def _request(self, *words: LuauValue, limit: float | None) -> list[LuauValue]:
        if self._abort is not None:
            raise self._abort
        if self._process is None:
            raise RuntimeError("the VM is closed")
        if self._busy:
            raise RuntimeError("a host function cannot call the VM that calls it")
        self._deadline = math.inf if limit is None else time.monotonic() + limit
        self._busy = True
        try:
            results = self._exchange(words)
            while self._answers:
                self._exchange(["answer", *self._answers.pop(0)])
        except LuauError:
            raise
        except BaseException as error:
            self._abort = error
            self.close()
            raise
        finally:
            self._busy = False
        return results

    def _exchange(self, words: Sequence[LuauValue]) -> list[LuauValue]:
        """Say something and hear what comes of it, up to its end."""
        self._write(words)
        while True:
            match self._read():
                case ["done", *results]:
                    return results
                case ["failed", message, trace, value]:
                    raise LuauError(str(message), str(trace), value)
                case ["tell", name, *args]:
                    self._options.functions[str(name)](*args)
                case ["ask", question, name, *args]:
                    self._answers.append([question, *self._options.functions[str(name)](*args)])
                case other:
                    raise RuntimeError(f"Lune said {other}")

    def _write(self, words: Sequence[LuauValue]) -> None:
        self._running().write(json.dumps([_encode(word) for word in words]).encode())

    def _read(self) -> list[LuauValue]:
        try:
            line = self._running().read(self._deadline)
        except TimeoutError:
            limit = self._options.time_limit
            raise LuauTimeout(f"Luau ran for more than {limit} s without giving control back") from None
        return [_decode(word) for word in json.loads(line)]

    def _running(self) -> LuneProcess:
        if self._process is None:
            raise RuntimeError("the VM is closed")
        return self._process

    # The end

    def close(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        if self._busy:
            process.kill()
        else:
            process.give_back()

    def __del__(self) -> None:
        process: LuneProcess | None = getattr(self, "_process", None)
        if process is not None:
            process.kill()


def _encode(value: LuauValue) -> Any:
    match value:
        case None:
            return "z"
        case bool():
            return "t" if value else "f"
        case int() | float():
            return f"n{value!r}"
        case str():
            return "s" + (value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("latin-1"))
        case bytes():
            return "s" + value.decode("latin-1")
        case Opaque():
            return _encode(value.text)
        case Mapping():
            return {"d": [_encode(part) for pair in value.items() for part in pair]}
        case Sequence():
            return [_encode(item) for item in value]


def _decode(value: Any) -> LuauValue:
    match value:
        case str():
            return _decode_scalar(value[0], value[1:])
        case list():
            return [_decode(item) for item in cast("list[Any]", value)]
        case {"o": [kind, text]}:
            return Opaque(str(_decode(kind)), str(_decode(text)))
        case _:
            parts = [_decode(part) for part in value["d"]]
            return dict(zip(parts[::2], parts[1::2], strict=True))


def _decode_scalar(kind: str, text: str) -> LuauValue:
    if kind == "s":
        raw = text.encode("latin-1")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw
    if kind == "e":
        return []
    if kind == "n":
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < _LARGEST else number
    return _CONSTANTS[kind]


__all__ = ["LuneVm", "find_lune"]
