"""Names of Luau things out of names of the specification, which may hold anything."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from audioscape_luau.codegen.literals import LuauIdentifier, is_identifier

# What `init.luau` and the module's hand-written types already mean, and the engine's types beside which ours stand.
TAKEN_TYPES = frozenset(
    {
        "AnalyticsStats",
        "AssetRef",
        "Budget",
        "Client",
        "CopyOptions",
        "Loop",
        "Error",
        "ErrorFields",
        "ErrorKind",
        "Errors",
        "Event",
        "GenreShare",
        "Options",
        "Phase",
        "Reason",
        "Radio",
        "RadioOptions",
        "RadioSource",
        "ServeHandle",
        "ServeOptions",
        "ServeOperation",
        "ServeRequest",
        "ShareOptions",
        "Context",
        "Stats",
        "Strategy",
        "Types",
        "Sound",
        "AudioPlayer",
        "Secret",
        "Instance",
        "Player",
        "Random",
        "RBXScriptConnection",
        "RBXScriptSignal",
        "Enum",
        "EnumItem",
        "DateTime",
        "Vector3",
    }
)
# Methods that the client has, or may have one day.
TAKEN_METHODS = frozenset(
    {"new", "newBudget", "withOptions", "radio", "serve", "track", "flushAnalytics", "stats", "destroy", "is"}
    # Those of the module for players.
    | {"voteSkip", "wish", "onVotes"}
)
# Each operation has a file of its name: `init` would be the folder itself, and Windows opens devices by the others.
TAKEN_FILES = frozenset(
    {"init", "con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
)
MAX_METHOD_LENGTH = 80
_MAX_TYPE_LENGTH = 60
_WORD = re.compile(r"[A-Za-z0-9]+")


def pascal(text: str) -> str:
    """Return a text's letters and digits as one PascalCase word of a sensible length, `Value` if there are none."""
    return _word(text, _MAX_TYPE_LENGTH)


def method_name(operation_id: str) -> str:
    """Return the client's method for an operationId: the id itself if it can be a name, else its words in camelCase."""
    if is_identifier(operation_id):
        return operation_id
    name = _word(operation_id)
    name = name[0].lower() + name[1:]
    return name if is_identifier(name) else f"{name}_"


def lost_letters(text: str) -> str:
    """Return what a name of Luau cannot hold of a text, other than the signs and blanks between its words."""
    lost = dict.fromkeys(character for character in text if not character.isascii())
    return "".join(lost) if lost or _WORD.search(text) else text


def paging_methods(operation_id: str, items: str) -> tuple[str, str]:
    """Return the methods that go through an operation's pages and, one by one, through the items of its list."""
    method = method_name(operation_id)
    return f"{method}Pages", f"{method}{_word(items)}"


def _word(text: str, length: int | None = None) -> str:
    words = _WORD.findall(text)
    name = "".join(word[0].upper() + word[1:] for word in words)[:length]
    if not name:
        return "Value"
    return name if name[0].isalpha() else f"N{name}"


@dataclass(slots=True)
class Names:
    """Gives each thing of one scope a name of its own, the same in every run."""

    _used: set[str] = field(default_factory=set[str])
    _last: dict[str, int] = field(default_factory=dict[str, int])

    def reserve(self, names: Iterable[str]) -> None:
        """Keep names from being given."""
        self._used.update(names)

    def give(self, wanted: str) -> LuauIdentifier:
        """Return the wanted name, with a number behind it if it is taken."""
        name, number = wanted, self._last.get(wanted, 1)
        while name in self._used:
            number += 1
            name = f"{wanted}{number}"
        self._last[wanted] = number
        self._used.add(name)
        return LuauIdentifier(name)
