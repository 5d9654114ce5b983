"""The VM behind pluau (mlua). The only module that imports it, and the home of what has to be known about it."""

from __future__ import annotations

import functools
import itertools
import os
import re
import sys
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pluau  # pyright: ignore[reportMissingTypeStubs]

from roblox_double import double
from roblox_double.vm import DEEPEST, HostFunction, Lasting, LuauError, LuauTimeout, LuauValue, Opaque, VmOptions
from roblox_double.vm.literals import literal
from roblox_double.vm.lowering import lowered

# Handles of a VM cross this module untyped: pluau's own stubs describe them as wide unions of every handle there is.
type Handle = Any

_COMPILER = pluau.Compiler(1, 1, 0, 0)
_MUTABLE_GLOBALS = frozenset({"_G", "shared", "game", "Game", "workspace", "Workspace"})
"""As in the engine: what hangs off these is looked up each time it is used."""
_COPY = b"""
local from, to, except = ...
for name, value in from do
    if not string.find(`,{except},`, `,{name},`, 1, true) then
        to[name] = value
    end
end
"""
_SHOW = b"""
local tostring, typeof, pcall = ...
return function(value)
    local ok, text = pcall(tostring, value)
    return typeof(value), if ok then text else typeof(value)
end
"""
_ASK = b"""
local host = ...
function host.ask(done, question, ...)
    done(host[question](...))
end
"""
_SCRIPT_LINE = re.compile(r"^\s*(?!\s|engine/|\[C\]|src/lib\.rs)(.+?:\d+): in ", re.MULTILINE)
"""In a stack, the innermost line that is neither the double's own nor native."""
_CLOCK_EVERY = 2_000
"""Interrupts between two looks at the clock; an interrupt comes at every call and loop edge."""


@functools.lru_cache(maxsize=4096)
def _bytecode(source: bytes) -> bytes | str:
    """Compile once per process: loading bytecode is six times faster. A syntax error comes back as its text."""
    try:
        return bytes(_COMPILER.compile(source.decode("utf-8", "surrogateescape")))
    except (RuntimeError, UnicodeEncodeError) as error:
        return str(error)


@functools.lru_cache(maxsize=4096)
def _understood(source: bytes) -> bytes:
    """Return a source as this VM knows it: as it is, if it can be compiled."""
    if isinstance(_bytecode(source), bytes):
        return source
    older = lowered(source.decode("utf-8", "surrogateescape"))
    return source if older is None else older.encode("utf-8", "surrogateescape")


@contextmanager
def _quiet() -> Generator[None]:
    """Closing a VM prints to file descriptor 1 from native code; send that nowhere."""
    sys.stdout.flush()
    kept = os.dup(1)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(sink)
        os.close(kept)


_PLAIN = frozenset({type(None), bool, int, float})
_WITHOUT_SCRIPTS = frozenset({"build_game"})
"""Entries in which no script runs: the double can be trusted to end, and is twice as fast if nobody watches it."""


class PluauVm:
    """See `vm.Vm`. Entry points and host functions speak plain values; no handle of the VM leaves this class."""

    def __init__(self, options: VmOptions) -> None:
        self._options = options
        self._abort: BaseException | None = None
        self._deadline = float("inf")
        self._depth = 0
        self._lua: pluau.Lua | None = pluau.Lua()
        self._entries: dict[str, Handle] = {}
        lua = self._lua
        if options.memory_limit:
            lua.set_memory_limit(options.memory_limit)
        given = [lua.globals().get(name) for name in ("tostring", "typeof", "pcall")]
        self._show: Handle = _compiled(lua, _SHOW).call(*given)[0]
        builtins = _take_apart(lua)
        lua.sandbox(True)
        self._boot(lua, builtins)
        # The double's own start can be trusted to end.
        self._limit_time()

    # The double

    def _boot(self, lua: pluau.Lua, builtins: Handle) -> None:
        host = lua.create_table()
        natives: dict[str, Callable[..., Any]] = {
            "userdata": _make_userdata,
            "chunk": _load_double_module,
            "load": _load_script,
            "vectors": _shape_vectors,
        }
        for name, function in natives.items():
            host.raw_set(name, lua.create_function(function))
        for name, function in self._options.functions.items():
            host.raw_set(name, lua.create_function(self._guard(function)))
        _compiled(lua, _ASK).call(host)
        boot = _load_double_module(lua, ("boot", None))
        entries, script_globals = self._protect(boot, host, self._to_luau(self._options.config), builtins)
        self._entries = {str(name): function for name, function in entries}
        # A chunk resolves `task.wait` and the like once, when it is loaded, and it looks here; see `_load`.
        _compiled(lua, _COPY).call(script_globals, lua.globals(), ",".join(_MUTABLE_GLOBALS))

    # Calls in both directions

    def call(self, name: str, *args: LuauValue) -> list[LuauValue]:
        if self._abort is not None:
            raise self._abort
        self._open()
        if name in _WITHOUT_SCRIPTS:
            self._open().remove_interrupt()
        try:
            results = self._protect(self._entries[name], *[self._to_luau(value) for value in args])
        finally:
            if name in _WITHOUT_SCRIPTS:
                self._limit_time()
        return [self._from_luau(value) for value in results]

    def _limit_time(self) -> None:
        if self._options.time_limit is not None:
            # No variable may hold the VM itself, as an exception's traceback would keep it.
            watch = itertools.chain.from_iterable(_watch(weakref.ref(self)))
            self._open().set_interrupt(functools.partial(next, watch))

    def _protect(self, function: Handle, *args: Handle) -> list[Handle]:
        if self._depth == 0 and self._options.time_limit is not None:
            self._deadline = time.monotonic() + self._options.time_limit
        self._depth += 1
        try:
            return function.call(*args)
        except RuntimeError as error:
            if self._abort is None:
                message, _, trace = str(error).removeprefix("runtime error: ").partition("\nstack traceback:\n")
                if message.startswith("memory error"):
                    message = "not enough memory"
                raise LuauError(message, trace) from None
            return []
        finally:
            self._depth -= 1
            if self._abort is not None:
                raise self._abort

    def _guard(self, function: HostFunction) -> Callable[..., Any]:
        """Wrap a host function: plain values in and out, and its exceptions out of reach of Luau's `pcall`."""
        this = weakref.ref(self)

        def called(_vm: pluau.Lua, args: tuple[Handle, ...]) -> list[Handle]:
            del _vm  # an exception's traceback would keep it
            vm = this()
            if vm is None or vm._lua is None:
                return []
            try:
                results = function(*[vm._from_luau(value) for value in args])
                return [vm._to_luau(value) for value in results]
            except BaseException as error:
                vm._locate(error)
                vm._stop(error)
                raise pluau.RawError(f"{type(error).__name__}: {error}") from None

        return called

    def _stop(self, error: BaseException) -> None:
        """Remember the exception and make the VM give up at its next call or loop edge, wherever that is.

        The interrupt yields instead of raising: an error can be caught by the code under test, and one raised out of an
        interrupt inside a `pcall` takes the process down. What cannot yield fails, and meets the next interrupt.
        """
        if self._abort is None:
            self._abort = error
        if self._lua is not None:
            self._lua.set_interrupt(functools.partial(next, itertools.repeat(pluau.VmState.Yield)))

    def _overdue(self) -> bool:
        if self._abort is None and time.monotonic() > self._deadline:
            self._abort = LuauTimeout(
                f"Luau ran for more than {self._options.time_limit} s without giving control back"
            )
            self._locate(self._abort)
        return self._abort is not None

    def _locate(self, error: BaseException) -> None:
        """Note on an exception which line of a script runs."""
        found = _SCRIPT_LINE.search(self._open().current_thread().traceback())
        if found:
            error.add_note(f"at {found[1]}")

    def _open(self) -> pluau.Lua:
        if self._lua is None:
            raise RuntimeError("the VM is closed")
        return self._lua

    # Values

    def _to_luau(self, value: LuauValue) -> Handle:
        return self._handed(self._open(), value, {})

    def _handed(self, lua: pluau.Lua, value: LuauValue, keys: dict[str, Handle]) -> Handle:
        """Hand a value over. What tables have for `keys` is made once: a place has the same few thousands of times."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return lua.create_string(value.encode("utf-8", "surrogateescape"))
            case bytes():
                return lua.create_string(value)
            case Opaque():
                return lua.create_string(value.text)
            case Lasting() if value.uses:
                return self._lasting(value)
            case Lasting():
                value.uses += 1
            case Mapping() | Sequence():
                pass
        table = lua.create_table()
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
        for key, item in pairs:
            known: Handle = key
            if isinstance(key, str):
                known = keys.get(key)
                if known is None:
                    known = keys[key] = self._handed(lua, key, keys)
            elif not isinstance(key, int):
                known = self._handed(lua, key, keys)
            # Most of a place are plain numbers and truths.
            given: Handle = item if type(item) in _PLAIN else self._handed(lua, item, keys)
            table.raw_set(known, given)
        return table

    def _lasting(self, value: Lasting) -> Handle:
        """Make a table by code that was compiled once: that takes a tenth of handing over its parts."""
        value.kept = value.kept or bytes(_COMPILER.compile(f"return {literal(value)}"))
        chunk: Handle = self._open().load_chunk(value.kept, is_binary_chunk=True)
        return chunk.call()[0]

    def _from_luau(self, value: Handle, path: tuple[int, ...] = ()) -> LuauValue:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return value
            case pluau.String():
                raw: bytes = value.as_bytes()
                try:
                    return raw.decode()
                except UnicodeDecodeError:
                    return raw
            case pluau.Table() if value.pointer not in path and len(path) < DEEPEST:
                return self._from_table(value, (*path, value.pointer))
            case _:
                return self._opaque(value)

    def _opaque(self, value: Handle) -> Opaque:
        # A script may say what `tostring` does.
        kind, text = self._protect(self._show, value)
        return Opaque(str(kind), str(text))

    def _from_table(self, table: pluau.Table, path: tuple[int, ...]) -> LuauValue:
        pairs = {
            self._opaque(key) if isinstance(key, pluau.Table) else self._from_luau(key): self._from_luau(item, path)
            for key, item in table
        }
        if all(key in pairs for key in range(1, len(pairs) + 1)):
            return [pairs[index] for index in range(1, len(pairs) + 1)]
        return pairs

    # The end

    @property
    def used_memory(self) -> int:
        return 0 if self._lua is None else self._lua.used_memory()

    def close(self) -> None:
        if self._lua is None:
            return
        with _quiet():
            self._entries = {}
            self._show = None
            self._lua.remove_interrupt()
            self._lua = None

    def __del__(self) -> None:
        self.close()


def _take_apart(lua: pluau.Lua) -> Handle:
    """Return a copy of the builtin globals, and hide those that each script has for itself."""
    builtins = lua.create_table()
    _compiled(lua, _COPY).call(lua.globals(), builtins, "")
    for name in ("require", "_G"):
        lua.globals().raw_set(name, None)
    return builtins


def _compiled(lua: pluau.Lua, source: bytes) -> Handle:
    return lua.load_chunk(_bytecode(source), is_binary_chunk=True)


def _make_userdata(vm: pluau.Lua, args: tuple[Handle, ...]) -> Handle:
    return vm.create_userdata(None, args[0])


def _shape_vectors(vm: pluau.Lua, args: tuple[Handle, ...]) -> None:
    vm.set_type_metatable(pluau.LuaType.Vector, args[0])


def _load_double_module(vm: pluau.Lua, args: tuple[Handle, ...]) -> Handle:
    path, env = args
    source = double.source(str(path))
    return None if source is None else _load(vm, source, f"@engine/{path}", env)


def _load_script(vm: pluau.Lua, args: tuple[Handle, ...]) -> Handle:
    source, name, env = args
    try:
        # The name of an Instance may have a NUL in it, that of a chunk not.
        shown = str(name).replace("\0", "\\0")
        return _load(vm, _understood(source.as_bytes()), f"={shown}", env)
    except SyntaxError as error:
        return [None, vm.create_string(str(error))]


def _load(vm: pluau.Lua, source: bytes, name: str, env: Handle) -> Handle:
    code = _bytecode(source)
    if isinstance(code, str):
        # Only a compile from source names the chunk in the message.
        try:
            vm.load_chunk(source, name=name)
        except RuntimeError as error:
            raise SyntaxError(str(error).removeprefix("syntax error: ")) from None
        raise SyntaxError(code)
    if env is None:
        return vm.load_chunk(code, name=name, is_binary_chunk=True)
    # A safe environment makes global access as fast as it can be, but dotted names are then looked up once and in the
    # VM's own globals: those have to agree with `env`, and what may change (`game.X`) must be absent from them.
    env.set_safeenv(True)
    return vm.load_chunk(code, name=name, env=env, is_binary_chunk=True)


def _watch(this: weakref.ref[PluauVm]) -> Iterator[Iterator[pluau.VmState]]:
    """Give the answers to interrupts in batches: all but one in thousands are served without running any Python."""
    while True:
        try:
            vm = this()
            overdue = vm is None or vm._overdue()  # pyright: ignore[reportPrivateUsage]
        except BaseException as error:  # a KeyboardInterrupt lands here, in the only Python that runs
            vm = this()
            if vm is not None:
                vm._abort = error  # pyright: ignore[reportPrivateUsage]
            overdue = True
        del vm
        yield (
            itertools.repeat(pluau.VmState.Yield) if overdue else itertools.repeat(pluau.VmState.Continue, _CLOCK_EVERY)
        )


__all__ = ["LuauError", "PluauVm"]
