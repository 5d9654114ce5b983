"""The options as their declarations in Luau say: tables for the reference, and the Luau types of those who pass them.

An option is declared once, in `luau/AudioScapeClient/options/`. Everything here is made from that.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from audioscape_luau.resources import luau_root
from roblox_double import Peer, Universe, load_folder

TYPES = {
    "options": "options/Options.luau",
    "radio options": "options/RadioOptions.luau",
    "serve options": "options/ServeOptions.luau",
    "share options": "options/ShareOptions.luau",
}
"""The modules of the client that declare options and hold the types made from them."""

_BLOCK = re.compile(
    r"(?<=^-- types: made by audioscape_luau\.docs\.readme from the declarations above\n).*?(?=^-- end of types$)",
    re.DOTALL | re.MULTILINE,
)
_WIDTH = 120
_TAB = 4
_READ = """
local options = require(game:GetService("ServerScriptService").AudioScapeClient.options[...])
local rows = {}
for index, option in options.declared do
	local value = option.value
	rows[index] = {
		name = option.name,
		type = value.type,
		kept = value.kept,
		shown_type = value.shown,
		range = value.range,
		default = if type(option.default) == "string"
			then `"{option.default}"`
			elseif option.default == nil then nil
			else tostring(option.default),
		shown_default = option.shown,
		is_required = option.isRequired == true,
		is_fixed = option.isFixed == true,
		text = option.text,
	}
end
return rows
"""
_READ_STRATEGIES = """
local rows = {}
for index, strategy in require(game:GetService("ServerScriptService").AudioScapeClient.music.strategies).declared do
	rows[index] = { name = strategy.name, text = strategy.text }
end
return rows
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option as its declaration says it."""

    name: str
    type: str
    """The Luau type that a script may write."""
    kept: str | None = None
    """The Luau type that the settings hold, if that is another."""
    shown_type: str | None = None
    """How readers see the type, if not as a script may write it."""
    range: str | None = None
    default: str | None = None
    shown_default: str | None = None
    """How readers see the default, if not as it is."""
    is_required: bool
    is_fixed: bool
    """Whether only `new` takes it."""
    text: str

    @property
    def told_type(self) -> str:
        """The type for readers."""
        return self.shown_type or _unqualified(self.type)

    @property
    def told_default(self) -> str:
        """The default for readers."""
        return self.shown_default or self.default or ("required" if self.is_required else "none")

    @property
    def comment(self) -> str:
        """What its type says of it: a reader there sees neither range nor default elsewhere."""
        limits = [f"From {self.range}."] if self.range else []
        if self.default or self.shown_default:
            limits.append(f"Default: {self.told_default}.")
        return " ".join([self.text, *limits])


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A strategy of the radio as its declaration says it."""

    name: str
    text: str


def declared() -> dict[str, list[Option]]:
    """Return the options of the client, of the radio, of `serve` and of `share`."""
    with _client() as server:
        return {
            name: _read(server.run(_READ, file.split("/")[1].removesuffix(".luau"))) for name, file in TYPES.items()
        }


def strategies() -> list[Strategy]:
    """Return the strategies of the radio."""
    with _client() as server:
        return [Strategy(**row) for row in _rows(server.run(_READ_STRATEGIES))]


@contextmanager
def _client() -> Generator[Peer]:
    with Universe() as universe:
        server = universe.server()
        server.mount(load_folder(luau_root() / "AudioScapeClient"), "ServerScriptService")
        yield server


def _read(returned: Iterable[object]) -> list[Option]:
    return [Option(**row) for row in _rows(returned)]


def _rows(returned: Iterable[object]) -> list[dict[str, Any]]:
    (rows,) = cast("tuple[list[dict[str, Any]]]", tuple(returned))
    return rows


def with_types(name: str, source: str, options: list[Option]) -> str:
    """Return the source of a module that declares options, its types made from them."""
    made = {
        "options": lambda: _client_types(options),
        "radio options": lambda: _radio_types(options, strategies()),
        "serve options": lambda: _tables("ServeOptions", "`client:serve`", options),
        "share options": lambda: _tables("ShareOptions", "the option `share`", options),
    }
    lines = list(made[name]())
    block, count = _BLOCK.subn(lambda _: "".join(f"{line}\n" for line in lines), source)
    if count != 1:
        raise ValueError(f"{TYPES[name]} has no place for the types of its options")
    return block


def _client_types(options: list[Option]) -> Iterator[str]:
    yield from ("", "--[=[", "\tWhat `new` takes.", "]=]")
    yield from _public("Options", options)
    yield from ("", "--[=[", "\tWhat `withOptions` takes.", "]=]")
    yield from _public("CopyOptions", [option for option in options if not option.is_fixed])
    yield from ("", "--- What a call works with: the options that can differ between copies of a client.")
    yield from _settings("Settings", [option for option in options if not option.is_fixed])
    yield from ("", "--- What a client and all its copies have in common.")
    yield from _settings("Origin", [option for option in options if option.is_fixed])
    yield ""


def _radio_types(options: list[Option], strategies: list[Strategy]) -> Iterator[str]:
    yield from _strategy_type(strategies)
    yield from ("", "--[=[", "\tWhat `client:radio` takes.", "]=]")
    yield from _public("RadioOptions", options)
    yield from ("", "--- The options with their defaults filled in.")
    yield from _settings("Settings", options)
    yield ""


def _tables(name: str, taker: str, options: list[Option]) -> Iterator[str]:
    yield from ("", "--[=[", f"\tWhat {taker} takes.", "]=]")
    yield from _public(name, options)
    yield from ("", "--- The options with their defaults filled in.")
    yield from _settings("Settings", options)
    yield ""


def _strategy_type(strategies: list[Strategy]) -> Iterator[str]:
    yield from ("", "--- How the radio chooses among the candidates, all of which may be played.", "---")
    for strategy in strategies:
        text = f'- "{strategy.name}": {strategy.text}'
        wrapped = textwrap.wrap(text, _WIDTH - len("--- "), break_on_hyphens=False, subsequent_indent="  ")
        yield from (f"--- {line}" for line in wrapped)
    yield "--- - Your own function: Returns one of the candidates. It must not yield."
    members = [f'"{strategy.name}"' for strategy in strategies]
    members.append("((candidates: { Track }, context: Context) -> Track?)")
    line = f"export type Strategy = {' | '.join(members)}"
    yield from [line] if len(line) <= _WIDTH else ["export type Strategy =", "\t" + "\n\t| ".join(members)]


def _public(name: str, options: list[Option]) -> Iterator[str]:
    yield f"export type {name} = {{"
    for option in options:
        wrapped = textwrap.wrap(option.comment, _WIDTH - _TAB - len("--- "), break_on_hyphens=False)
        yield from (f"\t--- {line}" for line in wrapped)
        yield f"\t{option.name}: {option.type if option.is_required else _optional(option.type)},"
    yield "}"


def _settings(name: str, options: list[Option]) -> Iterator[str]:
    yield f"export type {name} = {{"
    for option in options:
        kept = option.kept or option.type
        is_there = option.is_required or option.default is not None
        yield f"\t{option.name}: {kept if is_there else _optional(kept)},"
    yield "}"


def _optional(code: str) -> str:
    outside = re.sub(r"\{[^{}]*\}", "", code)
    return f"({code})?" if re.search(r"\||->", outside) else f"{code}?"


def _unqualified(code: str) -> str:
    return re.sub(r"\b[A-Z]\w*\.(?=[A-Z])", "", code)
