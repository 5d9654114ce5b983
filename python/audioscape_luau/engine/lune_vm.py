"""The VM in Lune, the runtime of the Luau ecosystem: another Luau, in a process of its own.

Both sides write one JSON list a line, in the encoding of `lune/values.luau`. We say `boot`, `call`, `answer` or
`memory`, and get `done` with the results or `failed` with the error, before which the double may `tell` (call a host
function) and `ask` (call one for its results). Answers are sent once it is `done`: only then does anybody read there.
"""

from __future__ import annotations

import json
import math
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from audioscape_luau.engine import double
from audioscape_luau.engine.vm import LuauError, LuauTimeout, LuauValue, Opaque, VmOptions

_MAIN = Path(__file__).parent / "lune" / "main.luau"
_CHUNK = 1 << 16
_LARGEST = 2.0**63
_CONSTANTS: Mapping[str, LuauValue] = {"z": None, "t": True, "f": False}


def find_lune() -> str | None:
    """Return the path of Lune, from PATH or from where a checkout builds its tools, or None."""
    built = sorted((Path(__file__).parents[3] / ".tools").glob("lune-*/bin/lune"))
    return shutil.which("lune") or (str(built[-1]) if built else None)


class LuneVm:
    """See `vm.Vm`.

    Raises FileNotFoundError if Lune is not there. Lune has no limit of memory: `VmOptions.memory_limit` does nothing.
    """

    def __init__(self, options: VmOptions) -> None:
        program = find_lune()
        if program is None:
            raise FileNotFoundError("lune is neither on PATH nor in .tools")
        self._options = options
        self._abort: BaseException | None = None
        self._deadline = math.inf
        self._unread = b""
        self._busy = False
        self._answers: list[list[LuauValue]] = []
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process: subprocess.Popen[bytes] | None = subprocess.Popen(  # noqa: S603 - the program just found
            [program, "run", str(_MAIN)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._request("boot", options.config, str(double.ROOT))

    # The conversation

    def call(self, name: str, *args: LuauValue) -> list[LuauValue]:
        return self._request("call", name, *args)

    @property
    def used_memory(self) -> int:
        return 0 if self._process is None else cast(int, self._request("memory")[0])

    def _request(self, *words: LuauValue) -> list[LuauValue]:
        if self._abort is not None:
            raise self._abort
        if self._process is None:
            raise RuntimeError("the VM is closed")
        if self._busy:
            raise RuntimeError("a host function cannot call the VM that calls it")
        limit = self._options.time_limit
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
        stream = self._running().stdin
        assert stream is not None  # noqa: S101 - it was asked for
        stream.write(json.dumps([_encode(word) for word in words]).encode() + b"\n")
        stream.flush()

    def _read(self) -> list[LuauValue]:
        stream = self._running().stdout
        assert stream is not None  # noqa: S101 - it was asked for
        parts = [self._unread]
        while b"\n" not in parts[-1]:
            wait = None if math.isinf(self._deadline) else max(0.0, self._deadline - time.monotonic())
            if not select.select([stream], [], [], wait)[0]:
                raise LuauTimeout(f"Luau ran for more than {self._options.time_limit} s without giving control back")
            part = os.read(stream.fileno(), _CHUNK)
            if not part:
                self._errors.seek(0)
                raise RuntimeError(f"Lune has ended: {self._errors.read().decode(errors='replace')}")
            parts.append(part)
        line, _, self._unread = b"".join(parts).partition(b"\n")
        return [_decode(word) for word in json.loads(line)]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the VM is closed")
        return self._process

    # The end

    def close(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.communicate()
        self._errors.close()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()


def _encode(value: LuauValue) -> Any:
    match value:
        case None:
            return "z"
        case bool():
            return "t" if value else "f"
        case int() | float():
            return f"n{value!r}"
        case str():
            return "s" + value.encode("utf-8", "surrogateescape").decode("latin-1")
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
            keys = [str(key) if isinstance(key, list | dict) else key for key in parts[::2]]
            return dict(zip(keys, parts[1::2], strict=True))


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
