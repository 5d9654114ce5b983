"""What the pages say of the module that the module itself knows: read out of it, put between marks.

`python -m audioscape_luau.docs.readme` brings the pages, the types of the options and the demo's picture up to date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, cast

import httpx

from audioscape_luau.contract.rules import RULES
from audioscape_luau.docs.options import TYPES, Option, Strategy, declared, strategies, with_types
from audioscape_luau.resources import luau_root
from audioscape_luau.simulation import World, api, shipped
from audioscape_luau.tools.demo.picture import picture, same
from roblox_double import load_folder

PAGES = ("docs/reference/options.md", "docs/reference/errors.md", "docs/reference/radio.md", "docs/guide/check.md")
"""The pages with marks in them. Each part is in one of them, the README has none."""
PICTURE = "docs/img/demo.svg"

_MARK = re.compile(
    r"<!-- ([a-z ]+): made by audioscape_luau\.docs\.readme -->\n(.*?)<!-- end of ([a-z ]+) -->", re.DOTALL
)

_READ = """
local errors = game:GetService("ServerScriptService").AudioScapeClient.errors
local entries = {}
for _, name in { "Errors", "UsageErrors", "RadioErrors", "Warnings" } do
	table.insert(entries, require(errors[name]).entries)
end
return unpack(entries)
"""
_READ_THERE = "return require(game:GetService('ServerScriptService').AudioScapeRemote.Error).entries"

_ASK = """
local client = require(game:GetService("ServerScriptService").AudioScapeClient).new({ apiKey = "key", maxRetries = 0 })
local name, input = ...
local _, err = (client :: any)[name](client, input)
return err.id, err.hint
"""


def update(text: str) -> str:
    """Return a page with what stands between its marks as the module says it today."""
    known = tables() | {"states": _states()}
    if not _MARK.search(text):
        raise ValueError("the page has no marks")

    def current(found: re.Match[str]) -> str:
        name = found[1]
        if found[3] != name:
            raise ValueError(f"the page has no end of {name}, but one of {found[3]}")
        if name not in known:
            raise ValueError(f"nothing is known of {name}, only of {', '.join(known)}")
        begin, end = f"<!-- {name}: made by audioscape_luau.docs.readme -->", f"<!-- end of {name} -->"
        return "\n".join([begin, "", *known[name], "", end])

    return _MARK.sub(current, text)


def tables() -> dict[str, list[str]]:
    """Return the lines of each table in Markdown: options, strategies and errors, those of the radio for themselves."""
    errors, usage, radio_errors, warnings = _read()
    return {
        **{name: list(_options(options)) for name, options in declared().items()},
        "strategies": list(_strategies(strategies())),
        "errors": list(_errors(errors, _hints())),
        "thrown": list(_told(usage)),
        "warnings": list(_told(warnings)),
        "promises": list(_promises()),
        "errors of players": list(_heard()),
        "radio errors": list(_errors({f"radio_{name}": entry for name, entry in radio_errors.items()}, {})),
    }


def _read() -> list[dict[str, dict[str, Any]]]:
    with World(shipped()) as world:
        return cast("list[dict[str, dict[str, Any]]]", list(world.server.run(_READ)))


def _heard() -> Iterator[str]:
    """Yield the lines of a table of what players' scripts hear."""
    with World(load_folder(luau_root() / "AudioScapeRemote")) as world:
        (entries,) = cast("list[dict[str, dict[str, Any]]]", list(world.server.run(_READ_THERE)))
    yield from _row("`kind`", "message", "hint", head=True)
    for _, entry in sorted(entries.items(), key=lambda item: (item[1]["kind"], item[0])):
        yield from _row(f"`{entry['kind']}`", entry["text"], entry.get("hint", ""))


def _hints() -> dict[str, str]:
    """Return the hints that the specification has for a status, by the id of the error that a call then returns."""
    hints: dict[str, list[str]] = {}
    replies: list[httpx.Response] = []
    with World(shipped(), lambda _: replies[-1]) as world:
        for operation in api().operations:
            for response in operation.responses:
                if not response.hint or any(response.hint in hint for hint in chain(*hints.values())):
                    continue
                asked = next(each.request for each in operation.examples if each.status == response.status)
                replies.append(httpx.Response(response.status, json=dict.fromkeys(api().error_texts, "no")))
                name, hint = cast("tuple[str, str | None]", world.server.run(_ASK, operation.id, dict(asked)))
                if hint == response.hint:
                    hints.setdefault(name, []).append(response.hint)
    return {name: " ".join(each) for name, each in hints.items()}


def _options(options: list[Option]) -> Iterator[str]:
    yield from _row("option", "type", "range", "default", "", head=True)
    for option in options:
        place = " Only in `new`." if option.is_fixed else ""
        cells = f"`{option.name}`", f"`{option.told_type}`", option.range or "", option.told_default
        yield from _row(*cells, option.text + place)


def _strategies(strategies: list[Strategy]) -> Iterator[str]:
    yield from _row("`strategy`", "what it does", head=True)
    for strategy in strategies:
        yield from _row(f'`"{strategy.name}"`', strategy.text)


def _errors(errors: Mapping[str, Mapping[str, Any]], hints: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a table of errors. `hints` go before those of the catalogue, as they do in the client."""
    yield from _row("`kind`", "`id`", "message", "retryable", "hint", head=True)
    for name, entry in sorted(errors.items(), key=lambda item: (item[1]["kind"], item[0])):
        again = "yes" if entry.get("retryable") else ""
        hint = hints.get(name) or entry.get("hint", "")
        yield from _row(f"`{entry['kind']}`", f"`{name}`", entry["text"], again, hint)


def _promises() -> Iterator[str]:
    """Yield the lines of a table of what a check holds a client to."""
    yield from _row("rule", "promise", head=True)
    for name, promise in RULES.items():
        yield from _row(f"`{name}`", promise)


def _told(errors: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table of what scripts cannot branch on: it is thrown or printed."""
    yield from _row("message", "hint", head=True)
    for _, entry in sorted(errors.items()):
        yield from _row(entry["text"], entry.get("hint", ""))


def _states() -> list[str]:
    """Return the picture of the radio's states that its machine begins with."""
    source = (luau_root() / "AudioScapeClient" / "radio" / "machine.luau").read_text(encoding="utf-8")
    paragraphs = source.partition("--[[")[2].partition("]]")[0]
    drawing = paragraphs.partition("\n\n")[2].partition("\n\n\tThe next track")[0]
    return ["```text", *(line.removeprefix("\t") for line in drawing.splitlines()), "```"]


def _row(*cells: str, head: bool = False) -> Iterator[str]:
    yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    if head:
        yield "|" + " --- |" * len(cells)


def main(root: str = ".") -> None:
    """Bring the pages and the picture of the repository at `root` up to date."""
    for name in PAGES:
        page = Path(root, name)
        page.write_text(update(page.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    for name, options in declared().items():
        module = Path(root, "luau/AudioScapeClient", TYPES[name])
        source = module.read_text(encoding="utf-8")
        module.write_text(with_types(name, source, options), encoding="utf-8", newline="\n")
    file, drawn = Path(root, PICTURE), picture()
    if not file.exists() or not same(file.read_text(encoding="utf-8"), drawn):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawn, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
