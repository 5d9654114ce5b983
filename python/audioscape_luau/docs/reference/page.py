"""The reference of the Luau module, as Markdown: what its doc comments say, in the order in which a game meets it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from audioscape_luau.docs.reference.declarations import Declaration, exported, required

_OBJECTS = ("Client", "Radio")
_WIDTH = 72
"""Characters of a line of code that a page shows without scrolling."""
_MEMBERS = re.compile(r"^(\w+)\.(\w+) = (\w+)$", re.MULTILINE)


def page(module: Path) -> str:
    """Return the reference of the ModuleScript whose source folder is `module`."""
    return "\n".join(_lines(module)) + "\n"


def _lines(module: Path) -> Iterator[str]:
    file, name = module / "init.luau", module.name
    found = list(exported(file))
    yield f"# The Luau module\n\nRead out of the doc comments of `{name}`.\n"
    yield f"## {name}\n"
    yield from _functions(found, name)
    types = {item.name: item for item in found if item.code.startswith("export type")}
    for title in _OBJECTS:
        if title in types:
            yield from _object(types.pop(title))
    source = file.read_text(encoding="utf-8")
    modules = required(file, source)
    for _, member, alias in _MEMBERS.findall(source):
        if alias in modules:
            inner = list(exported(modules[alias]))
            yield f"## {member}\n"
            yield from _functions(inner, alias, f"{name}.{member}")
            types |= {item.name: item for item in inner if item.code.startswith("export type")}
    yield "## Types\n"
    # A field that is told of once is not told of again where it comes back, as an option of a copy does.
    told = {(field.name, field.code): field.doc for item in reversed(found) for field in item.fields if field.doc}
    for item in types.values():
        yield from _type(item, told)


def _functions(found: list[Declaration], owner: str, shown: str | None = None) -> Iterator[str]:
    for item in found:
        if item.code.startswith("function ") and item.name.startswith(f"{owner}."):
            method = item.name.removeprefix(f"{owner}.")
            yield f"### `{shown or owner}.{method}` {{ #{shown or owner}.{method} }}\n"
            yield from _code(item.code.replace(f"function {owner}.", f"function {shown or owner}."))
            yield f"{item.doc}\n"


def _object(item: Declaration) -> Iterator[str]:
    yield f"## {item.name}\n"
    yield f"{item.doc}\n"
    for field in item.fields:
        is_method = field.code.startswith("(")
        yield f"### `{item.name.lower()}{':' if is_method else '.'}{field.name}` {{ #{item.name}.{field.name} }}\n"
        yield from _code(f"{field.name}: {field.code}")
        yield f"{field.doc}\n"


def _type(item: Declaration, told: Mapping[tuple[str, str], str]) -> Iterator[str]:
    yield f"### `{item.name}` {{ #{item.name} }}\n"
    yield f"{item.doc}\n"
    if not item.fields:
        yield from _code(item.code)
        return
    yield "| field | type | |\n| --- | --- | --- |"
    for field in item.fields:
        doc = field.doc or told.get((field.name, field.code), "")
        cells = (f"`{field.name}`", f"`{' '.join(field.code.split())}`", " ".join(doc.split()))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _code(code: str) -> Iterator[str]:
    yield f"```luau\n{_folded(code)}\n```\n"


def _folded(code: str) -> str:
    """Return a signature with a line for each parameter if it is too long for one, as StyLua does."""
    found = re.fullmatch(r"([^(]*)\((.*?)\)(:| ->)(.*)", code)
    if len(code) <= _WIDTH or not found:
        return code
    parameters = found[2].split(", ")
    return "\n".join(
        [f"{found[1]}(", *(f"\t{name}," for name in parameters[:-1]), f"\t{parameters[-1]}", f"){found[3]}{found[4]}"]
    )
