"""The doc comments of Luau sources, and what each of them stands on.

The sources are StyLua-formatted: a declaration begins in the first column, its fields after one tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

_DECLARATION = re.compile(r"(?:export )?type (\w+)|function ([\w.:]+)")
_FIELD = re.compile(r"\t(\[.+?\]|\w+): ")
# A comment at the end of a line, not within a text.
_TRAILING = re.compile(r'^((?:"[^"]*"|(?!--)[^"])*?)\s*-- (.*)$')
_REQUIRE = re.compile(r'^local (\w+) = require\("([^"]+)"\)', re.MULTILINE)
_GENERIC = re.compile(r"type \w+<([^=>]*)> =")
_USE = re.compile(r"export type \w+ = (\w+)<(.*)>$")
_ALIAS = re.compile(r"export type \w+(?:<.*?>)? = (\w+)\.(\w+)$")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A type, a function or a field: its name, its own doc comment, and its code without comments."""

    name: str
    doc: str
    code: str
    fields: tuple[Declaration, ...] = ()


def exported(file: Path) -> Iterator[Declaration]:
    """Yield the types a module exports and its functions; a type of another module as that one declares it.

    Types lose the names by which the module calls others: a game knows `Track`, and nothing of `Types.Track`.
    """
    source = file.read_text(encoding="utf-8")
    requires = required(file, source)
    all_of_it = declarations(source)
    generics = {item.name: item for item in all_of_it if _GENERIC.match(item.code)}
    for found in all_of_it:
        use = _USE.match(found.code)
        if use and use[1] in generics:
            yield _unqualified(_filled_in(generics[use[1]], found, use[2]), requires)
            continue
        alias = _ALIAS.match(found.code)
        if alias and alias[1] in requires:
            origin = {item.name: item for item in exported(requires[alias[1]])}[alias[2]]
            code = re.sub(rf"\b{alias[2]}\b", found.name, origin.code, count=1)
            yield Declaration(found.name, found.doc or origin.doc, code, origin.fields)
        elif not found.code.startswith("type "):
            yield _unqualified(found, requires)


def _filled_in(generic: Declaration, use: Declaration, chosen: str) -> Declaration:
    """Return a type that fills in the parameters of another one, as that one declares it."""
    head = _GENERIC.match(generic.code)
    parameters = dict(zip((head[1] if head else "").split(", "), chosen.split(", "), strict=True))
    words = re.compile(rf"\b({'|'.join(parameters)})\b")

    def fill(code: str) -> str:
        return words.sub(lambda match: parameters[match[0]], code)

    fields = tuple(replace(field, code=fill(field.code)) for field in generic.fields)
    body = fill(generic.code[head.end() if head else 0 :])
    return Declaration(use.name, use.doc or generic.doc, f"export type {use.name} ={body}", fields)


def _unqualified(item: Declaration, modules: Iterable[str]) -> Declaration:
    names = "|".join(modules)
    code = re.sub(rf"\b(?:{names})\.(?=[A-Z])", "", item.code) if names else item.code
    return replace(item, code=code, fields=tuple(_unqualified(field, modules) for field in item.fields))


def required(file: Path, source: str) -> dict[str, Path]:
    """Return the files that the string requires of a module mean, by the names it gives them."""
    return {name: _resolve(file, path) for name, path in _REQUIRE.findall(source)}


def _resolve(file: Path, path: str) -> Path:
    start = file.parent if path.startswith("@self/") or file.name != "init.luau" else file.parent.parent
    target = (start / path.removeprefix("@self/")).resolve()
    return target / "init.luau" if target.is_dir() else target.with_name(f"{target.name}.luau")


@lru_cache(maxsize=256)
def declarations(source: str) -> tuple[Declaration, ...]:
    """Return every type and function of a source, in its order."""
    return tuple(_declarations(source.splitlines()))


def _declarations(lines: list[str]) -> Iterator[Declaration]:
    doc: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if line == "--[=[":
            end = lines.index("]=]", index)
            doc = [text.removeprefix("\t") for text in lines[index + 1 : end]]
            index = end + 1
            continue
        match = _DECLARATION.match(line)
        if match:
            end = _end(lines, index)
            body = lines[index:end]
            yield Declaration(match[1] or match[2], _joined(doc), _code(body), tuple(_fields(body)) if match[1] else ())
            doc, index = [], end
            continue
        doc = [*doc, line[3:].removeprefix(" ")] if line.startswith("---") else []
        index += 1


def _end(lines: list[str], start: int) -> int:
    """Return the index after the declaration: brackets are closed, and no further member of a union follows."""
    depth = 0
    for index in range(start, len(lines)):
        depth += _depth(lines[index])
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if depth == 0 and not lines[index].endswith("=") and not following.startswith("\t|"):
            return index + 1
    raise ValueError(f"no end of: {lines[start]}")


def _fields(body: list[str]) -> Iterator[Declaration]:
    doc: list[str] = []
    index = 1
    while index < len(body):
        line = body[index]
        if match := _FIELD.match(line):
            end = index + 1
            while _depth("\n".join(body[index:end])):
                end += 1
            trailing = _TRAILING.match(line)
            text = _joined(doc) or (trailing[2] if trailing else "")
            yield Declaration(match[1], text, _code(body[index:end]).removeprefix(f"{match[1]}: ").removesuffix(","))
            doc, index = [], end
            continue
        doc = [*doc, line.lstrip()[3:].removeprefix(" ")] if line.startswith("\t---") else []
        index += 1


def _depth(text: str) -> int:
    code = re.sub(r'--.*|"[^"]*"', "", text)
    return sum(code.count(opening) for opening in "({[") - sum(code.count(closing) for closing in ")}]")


def _code(lines: list[str]) -> str:
    kept = [_TRAILING.sub(r"\1", line) for line in lines if not line.lstrip().startswith("--")]
    indent = "\t" if kept[0].startswith("\t") else ""
    return "\n".join(line.removeprefix(indent) for line in kept)


def _joined(doc: list[str]) -> str:
    return "\n".join(line for line in doc if not line.startswith("@")).strip()
