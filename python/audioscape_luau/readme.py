"""The parts of the README that the Luau module itself knows: read out of the module, put between their marks.

`python -m audioscape_luau.readme` brings the README up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from audioscape_luau.reference.declarations import exported
from audioscape_luau.resources import luau_root
from roblox_double import Universe, load_folder

_READ = """
local module = game:GetService("ServerScriptService").AudioScapeClient
local options = {}
for index, definition in require(module.Options).definitions do
	options[index] = {
		name = definition.name,
		type = definition.type,
		unit = definition.unit,
		default = definition.shown or if definition.default == nil then nil else tostring(definition.default),
		origin = definition.origin,
		doc = definition.doc,
	}
end
return options, require(module.Errors).catalogue, require(module.radio.trouble).catalogue
"""


def update(text: str) -> str:
    """Return the text of a README with what stands between its marks as the module says it today."""
    for name, lines in (tables() | {"states": _states()}).items():
        begin, end = f"<!-- {name}: made by audioscape_luau.readme -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, closing, after = rest.partition(end)
        if not closing:
            raise ValueError(f"the text has no marks for {name}: {begin} ... {end}")
        text = "\n".join([before + begin, *lines, end + after])
    return text


def tables() -> dict[str, list[str]]:
    """Return the lines of each table in Markdown: the options and the errors, those of the radio for themselves."""
    options, errors, radio_errors = _read()
    return {
        "options": list(_options(options)),
        "errors": list(_errors(errors)),
        "radio options": list(_radio_options()),
        "radio errors": list(_errors({f"radio_{name}": entry for name, entry in radio_errors.items()})),
    }


def _read() -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    with Universe() as universe:
        server = universe.server()
        server.mount(load_folder(luau_root() / "AudioScapeClient"), "ServerScriptService")
        return cast(
            "tuple[list[dict[str, Any]], dict[str, dict[str, Any]], dict[str, dict[str, Any]]]", server.run(_READ)
        )


def _options(options: list[dict[str, Any]]) -> Iterator[str]:
    yield from _row("option", "type", "unit", "default", "", head=True)
    for option in options:
        place = "" if not option["origin"] else " Only in `new`."
        yield from _row(
            f"`{option['name']}`",
            f"`{option['type']}`",
            option.get("unit", ""),
            option.get("default", ""),
            option["doc"] + place,
        )


def _errors(errors: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from _row("`kind`", "`id`", "message", "worth another try", "hint", head=True)
    for name, entry in sorted(errors.items(), key=lambda item: (item[1]["kind"], item[0])):
        again = "yes" if entry.get("retryable") else ""
        yield from _row(f"`{entry['kind']}`", f"`{name}`", entry["text"], again, entry.get("hint", ""))


def _radio_options() -> Iterator[str]:
    source = luau_root() / "AudioScapeClient" / "radio" / "RadioOptions.luau"
    options = {item.name: item for item in exported(source)}["RadioOptions"]
    yield from _row("option", "type", "", head=True)
    for option in options.fields:
        yield from _row(f"`{option.name}`", f"`{option.code.removesuffix('?')}`", option.doc)


def _states() -> list[str]:
    """Return the picture of the radio's states that its machine begins with."""
    source = (luau_root() / "AudioScapeClient" / "radio" / "machine.luau").read_text(encoding="utf-8")
    paragraphs = source.partition("--[[")[2].partition("]]")[0]
    picture = paragraphs.partition("\n\n")[2].partition("\n\n\tThe next track")[0]
    return ["```text", *(line.removeprefix("\t") for line in picture.splitlines()), "```"]


def _row(*cells: str, head: bool = False) -> Iterator[str]:
    yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    if head:
        yield "|" + " --- |" * len(cells)


def main(path: str = "README.md") -> None:
    """Bring the README at `path` up to date."""
    readme = Path(path)
    readme.write_text(update(readme.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
