"""Writes `luau/reference/*.luau`: the names that the engine has, from a checkout of Roblox/creator-docs.

They tell "not modelled" from "no such thing". Run it after an update of the engine:

    python -m audioscape_luau.engine.reference PATH_TO_CREATOR_DOCS
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
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
    write(Path(sys.argv[1]), Path(__file__).parent / "luau" / "reference")
