"""The public surface of the Luau module as sorted lines of text, so that a change of it shows up as a diff.

A line stands for one thing a game can write down: a function of the module, a field of an exported type, a member of
an exported union. The sources are StyLua-formatted, which is what makes this small reader enough.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from audioscape_luau.docs.reference.declarations import required

_COMMENT = re.compile(r"--\[(=*)\[.*?\]\1\]|--[^\n]*", re.DOTALL)
_TYPE = re.compile(r"^export type (\w+)(?:<[^=]*>)? =\s(.*?)(?=^[^\s})|&]|\Z)", re.MULTILINE | re.DOTALL)
_GENERIC = re.compile(r"^type (\w+)<([^=>]*)> =\s(.*?)(?=^[^\s})|&]|\Z)", re.MULTILINE | re.DOTALL)
_USE = re.compile(r"^(\w+)<(.*)>$")
_FUNCTION = re.compile(r"^function (\w+)([.:]\w+)(.*?)$", re.MULTILINE)
_ALIAS = re.compile(r"^(\w+)\.(\w+)$")
_MEMBER_MODULE = re.compile(r"^(\w+)\.(\w+) = (\w+)$", re.MULTILINE)

_OPENING, _CLOSING = "{([<", "})]>"


def export(module: Path) -> str:
    """Return the surface of the ModuleScript whose source folder is `module`, one sorted line for each item."""
    return "".join(f"{line}\n" for line in sorted(set(_lines(module / "init.luau", module.name))))


def _lines(file: Path, name: str) -> Iterator[str]:
    source = _source(file)
    requires = required(file, source)
    yield from _functions(source, name)
    for owner, member, alias in _MEMBER_MODULE.findall(source):
        if owner == name and alias in requires:
            yield from _functions(_source(requires[alias]), alias, shown=f"{name}.{member}")
    for type_name, body in _types(source).items():
        yield from _type_lines(type_name, _follow(body, requires))


# Which module a type comes from is nothing that a game sees.
_QUALIFIER = re.compile(r"\b[A-Za-z]\w*\.(?=[A-Z])")


def _source(file: Path) -> str:
    return _COMMENT.sub("", file.read_text(encoding="utf-8"))


def _types(source: str) -> dict[str, str]:
    """Return the exported types; those that fill in a type of the same file that has parameters, filled in."""
    generics = {name: (_split(parameters, ","), body) for name, parameters, body in _GENERIC.findall(source)}
    found: dict[str, str] = {}
    for name, body in _TYPE.findall(source):
        use = _USE.match(" ".join(body.split()))
        if use and use[1] in generics:
            parameters, body = generics[use[1]]
            chosen = dict(zip(parameters, _split(use[2], ","), strict=True))
            body = re.sub(rf"\b({'|'.join(parameters)})\b", lambda match, chosen=chosen: chosen[match[0]], body)
        found[name] = " ".join(body.split())
    return found


def _follow(body: str, requires: dict[str, Path]) -> str:
    """Replace an alias of another module's type by what that module says."""
    alias = _ALIAS.match(body)
    if not alias or alias[1] not in requires:
        return body
    file = requires[alias[1]]
    source = _source(file)
    return _follow(_types(source)[alias[2]], required(file, source))


def _type_lines(name: str, body: str) -> Iterator[str]:
    if body.startswith("{") and body.endswith("}") and len(_split(body, "|")) == 1:
        fields = _split(body[1:-1], ",")
        if all(re.match(r"[\w\[]", field) and ":" in field for field in fields):
            yield f"type {name}"
            for field in fields:
                yield f"type {name}.{_QUALIFIER.sub('', field)}"
            return
    members = _split(body, "|")
    if len(members) > 1:
        for member in members:
            yield f"type {name} | {member}"
        return
    yield f"type {name} = {body}"


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that stand outside all brackets; drop empty parts."""
    parts, depth, start = [""], 0, 0
    for index, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING and not (character == ">" and text[index - 1] == "-"):
            depth -= 1
        elif character == separator and depth == 0:
            parts[-1] = text[start:index].strip()
            parts.append("")
            start = index + 1
    parts[-1] = text[start:].strip()
    return [part for part in parts if part]


def _functions(source: str, owner: str, shown: str | None = None) -> Iterator[str]:
    for match in _FUNCTION.finditer(source):
        if match[1] != owner:
            continue
        rest = source[match.start(3) :]
        depth, end = 0, 0
        for end, character in enumerate(rest):
            if character in _OPENING:
                depth += 1
            elif character in _CLOSING and not (character == ">" and rest[end - 1] == "-"):
                depth -= 1
            elif character == "\n" and depth == 0:
                break
        signature = re.sub(r"\(\s+", "(", re.sub(r",?\s+\)", ")", " ".join(rest[:end].split())))
        yield f"function {shown or owner}{match[2]}{signature}"


if __name__ == "__main__":
    from audioscape_luau.resources import luau_root

    # The module for players, if it is named.
    print(export(luau_root() / (sys.argv[1] if sys.argv[1:] else "AudioScapeClient")), end="")
