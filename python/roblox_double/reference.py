"""Writes `luau/reference/*.luau`: the names that the engine has, from a checkout of Roblox/creator-docs.

They tell "not modelled" from "no such thing". Run it after an update of the engine:

    python -m roblox_double.reference PATH_TO_CREATOR_DOCS
    uv run --with msgpack python -m roblox_double.reference PATH_TO/database.msgpack

The second, after the first, adds what Rojo's database has besides: it may be of a newer engine, and has the properties
that only files may set, and all enums. It lies in the crate rbx_reflection_database.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

_MEMBERS = ("properties", "methods", "events", "callbacks")
_HEAD = "--!strict\n-- Written by `reference.py` from the engine's reference, version {version}. Do not edit.\n"


def write(docs: Path, out: Path) -> None:
    """Write `classes.luau` and `enums.luau` below `out` from the reference in the checkout `docs`."""
    root = docs / "content" / "en-us" / "reference" / "engine"
    head = _HEAD.format(version=(root / "STUDIO_VERSION").read_text(encoding="utf-8").split()[0])
    classes = list(_documents(root / "classes"))
    services = (entry["name"] for entry in classes if "Service" in (entry.get("tags") or ()))
    tables = {
        "classes": {
            "members": _table((entry["name"], _member_names(entry)) for entry in classes),
            "superclasses": _table((entry["name"], entry.get("inherits") or []) for entry in classes),
            "services": f'"{" ".join(services)}"',
        },
        "enums": {
            "items": _table((entry["name"], _items(entry)) for entry in _documents(root / "enums")),
        },
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, fields in tables.items():
        body = "".join(f"\t{field} = {value},\n" for field, value in fields.items())
        (out / f"{name}.luau").write_text(f"{head}return {{\n{body}}}\n", encoding="utf-8", newline="\n")


def write_properties(database: Sequence[Any], out: Path) -> None:
    """Write `properties.luau` below `out`: what the database of Rojo has beyond `classes.luau`, which is there."""
    version, classes, _ = database
    text = (out / "classes.luau").read_text(encoding="utf-8").partition("\tsuperclasses =")[0]
    known = {name: words.split() for name, words in re.findall(r'^\t\t(\w+) = "(.*)",$', text, re.MULTILINE)}
    fields: dict[str, list[tuple[str, list[str]]]] = {"members": [], "saved": []}
    for name in sorted(classes.keys() & known.keys()):
        properties = cast("Mapping[str, Sequence[Any]]", classes[name][3])
        more = sorted(key for key in properties if key.isidentifier() and key not in known[name])
        for field, words in (
            ("members", [key for key in more if properties[key][1] != "None"]),
            ("saved", [key for key in more if properties[key][1] == "None"]),
        ):
            if words:
                fields[field].append((name, words))
    body = "".join(f"\t{field} = {_table(entries)},\n" for field, entries in fields.items())
    head = _HEAD.format(version=".".join(map(str, version)))
    (out / "properties.luau").write_text(f"{head}return {{\n{body}}}\n", encoding="utf-8", newline="\n")


def add_enums(database: Sequence[Any], out: Path) -> None:
    """Add to `enums.luau` below `out`, which is there, the enums and items that only the database of Rojo has."""
    text = (out / "enums.luau").read_text(encoding="utf-8")
    items = {name: words.split() for name, words in re.findall(r'^\t\t(\w+) = "(.*)",$', text, re.MULTILINE)}
    enums = cast("Mapping[str, tuple[str, Mapping[str, int]]]", database[2])
    for name, (_, values) in enums.items():
        listed = items.setdefault(name, [])
        there = {item.partition("=")[0] for item in listed}
        more = (item for item in values if item not in there and item.isidentifier())
        listed += [f"{item}={values[item]}" for item in sorted(more, key=lambda item: (values[item], item))]
    head = text.partition("return {\n")[0]
    body = _table(sorted(items.items()))
    (out / "enums.luau").write_text(f"{head}return {{\n\titems = {body},\n}}\n", encoding="utf-8", newline="\n")


def _documents(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        yield cast(dict[str, Any], yaml.safe_load(file.read_text(encoding="utf-8")))


def _member_names(entry: dict[str, Any]) -> list[str]:
    members = [member["name"] for kind in _MEMBERS for member in entry.get(kind) or ()]
    names = {name.replace(":", ".").rpartition(".")[2] for name in members}
    return sorted(name for name in names if name.isidentifier())


def _items(entry: dict[str, Any]) -> list[str]:
    return [f"{item['name']}={item['value']}" for item in entry["items"]]


def _table(entries: Iterable[tuple[str, list[str]]]) -> str:
    lines = "".join(f'\t\t{name} = "{" ".join(words)}",\n' for name, words in entries)
    return f"{{\n{lines}\t}} :: {{ [string]: string }}"


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(__file__).parent / "luau" / "reference"
    if source.is_dir():
        write(source, target)
    else:
        unpack = importlib.import_module("msgpack").unpackb
        rojo = unpack(source.read_bytes(), raw=False, strict_map_key=False)
        write_properties(rojo, target)
        add_enums(rojo, target)
