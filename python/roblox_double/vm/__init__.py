"""The seam between the harness and whatever hosts the Luau: one VM with the engine double booted in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Opaque:
    """A Luau value that has no Python form: a function, thread, buffer or userdata."""

    type: str
    """What `typeof` says of it."""
    text: str
    """What `tostring` says of it."""


DEEPEST = 100
"""Tables within tables that have a Python form; what lies deeper is an `Opaque`."""

type LuauValue = bool | int | float | str | bytes | Opaque | Sequence[LuauValue] | Mapping[Any, LuauValue] | None
"""What crosses the border: whole numbers are `int`, strings `str` (`bytes` if not UTF-8), tables `list` or `dict`."""


class Lasting(dict[str, LuauValue]):
    """A table that never changes, handed to one VM after another: they may keep it in a form of their own."""

    uses: int = 0
    """How often it was handed over as a table is."""
    kept: bytes = b""
    """That form, if there is one."""


type HostFunction = Callable[..., Sequence[LuauValue]]
"""A Python function that Luau may call; it returns the list of Luau results."""


class LuauError(Exception):
    """An error that Luau code raised and nobody caught.

    `message` is the error as text with Luau's own position, `traceback` the Luau stack, `value` the error value itself
    where it was not text.
    """

    def __init__(self, message: str, traceback: str = "", value: LuauValue = None) -> None:
        super().__init__(f"{message}\n{traceback.rstrip()}" if traceback.strip() else message)
        self.message = message
        self.traceback = traceback
        self.value = value


class LuauTimeout(Exception):  # noqa: N818 - a time-out by any other name
    """Luau code ran longer than the VM's limit of real seconds without giving control back."""


@dataclass(frozen=True, slots=True)
class VmOptions:
    """How a VM is set up: limits, host functions, and the configuration table handed to the double."""

    functions: Mapping[str, HostFunction]
    config: Mapping[str, LuauValue] = field(default_factory=dict[str, "LuauValue"])
    memory_limit: int = 512 * 1024 * 1024
    """Bytes; 0 for none."""
    time_limit: float | None = 30.0
    """Real seconds that one call into the VM may take. None for no limit, which makes hot loops much faster."""


class Vm(Protocol):
    """One Luau VM in which the engine double has been booted.

    An exception raised by a host function ends the VM's work at once, past any `pcall`, and comes out of `call`. The VM
    is of no further use then.
    """

    def call(self, name: str, *args: LuauValue) -> list[LuauValue]:
        """Call the double's entry point `name`. Raises LuauError, LuauTimeout, or what a host function raised."""
        ...

    @property
    def used_memory(self) -> int:
        """Bytes that Luau holds."""
        ...

    def close(self) -> None:
        """Free the VM. Calling it twice is fine."""
        ...
