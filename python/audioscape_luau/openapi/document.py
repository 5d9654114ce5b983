"""Read a document strictly, as its format says: JSON, or the JSON part of YAML 1.2. Each key once, no references."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import yaml

from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Fault, Problem, SpecError, join_pointer

MAX_DEPTH = 100
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NON_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# More digits than any whole number that a double holds exactly; Python refuses to read some thousands of them.
_MAX_DIGITS = 20
_SHOWN = 40
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Inexact(float):
    """A whole number that a double holds only nearly; a document may say one where nobody reads it."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.text = text
        return made


def inexact_numbers(node: Json, pointer: str = "") -> Iterator[Problem]:
    """Yield a problem for each number within a document that no client can hold."""
    if isinstance(node, Inexact):
        yield Problem(Fault.INVALID_VALUE, pointer, f"{_shown(node.text)} is beyond the exact range of a double")
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from inexact_numbers(inner, join_pointer(pointer, key))


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document, in which numbers may be inexact.

    digest: SHA-256 of its text with LF line ends. folder: what its file names start from.
    """

    root: dict[str, Json]
    digest: str
    folder: Path


def read_document(path: Path) -> Document:
    """Read a file, as JSON if it is called `.json`; raise SpecError if it is no plain mapping."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem(Fault.UNREADABLE, "", f"{path}: {error}")]) from error
    is_json = path.suffix.lower() == ".json"
    problems: list[Problem] = []
    root = _read_json(text, problems) if is_json else _read_yaml(text, problems)
    if problems:
        raise SpecError(problems)
    if not isinstance(root, dict):
        fault = Fault.INVALID_JSON if is_json else Fault.INVALID_YAML
        raise SpecError([Problem(fault, "", "the document is not a mapping")])
    return Document(root, hashlib.sha256(text.encode()).hexdigest(), path.parent)


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, as they are written."""


class _Figure(str):
    """A number of JSON as it is written, or a word that only looks like one."""

    __slots__ = ()


def _read_json(text: str, problems: list[Problem]) -> Json:
    try:
        value = json.loads(
            text, object_pairs_hook=_Members, parse_int=_Figure, parse_float=_Figure, parse_constant=_Figure
        )
    except RecursionError:
        raise SpecError([_too_deep()]) from None
    except ValueError as error:
        raise SpecError([Problem(Fault.INVALID_JSON, "", str(error))]) from error
    return _from_json(value, "", problems, MAX_DEPTH)


def _from_json(value: Any, pointer: str, problems: list[Problem], depth: int) -> Json:
    if isinstance(value, _Figure):
        return _number(value, pointer, problems)
    if isinstance(value, str):
        return _text(value, pointer, problems)
    if not isinstance(value, list):
        return value
    if depth == 0:
        raise SpecError([_too_deep()])
    if not isinstance(value, _Members):
        items = enumerate(cast("list[Any]", value))
        return [_from_json(item, join_pointer(pointer, index), problems, depth - 1) for index, item in items]
    result: dict[str, Json] = {}
    for name, member in value:
        here = _member(name, result, pointer, problems)
        result[name] = _from_json(member, here, problems, depth - 1)
    return result


def _read_yaml(text: str, problems: list[Problem]) -> Json:
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise SpecError([Problem(Fault.INVALID_YAML, "", " ".join(str(error).split()))]) from error
    return None if node is None else _convert(node, "", problems)


def _check_events(text: str) -> None:
    """Raise SpecError for aliases, which the composer would follow, tags, which change types, and endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise SpecError([Problem(Fault.YAML_ALIAS, "", "aliases are not supported; write $ref instead")])
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise SpecError([Problem(Fault.YAML_TAG, "", f"the tag {event.tag} is not supported")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise SpecError([_too_deep()])


def _convert(node: yaml.Node, pointer: str, problems: list[Problem]) -> Json:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, pointer, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_convert(item, join_pointer(pointer, index), problems) for index, item in enumerate(node.value)]
    return _scalar(node, pointer, problems)


def _mapping(node: yaml.MappingNode, pointer: str, problems: list[Problem]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append(Problem(Fault.INVALID_VALUE, pointer, "a key must be text"))
            continue
        # A bare 200 or true as a key is meant as text, as in JSON.
        name = str(key.value)
        here = _member(name, result, pointer, problems)
        result[name] = _convert(value, here, problems)
    return result


def _scalar(node: yaml.Node, pointer: str, problems: list[Problem]) -> Json:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    # What only YAML 1.1 reads as a date, a yes or a hexadecimal number is text.
    is_number = _INTEGER.match(text) or _FLOAT.match(text) or _NON_FINITE.match(text)
    return _number(text, pointer, problems) if is_number else text


def _member(name: str, members: dict[str, Json], pointer: str, problems: list[Problem]) -> str:
    """Return the pointer of a new member of a mapping, and report what is wrong with its name."""
    here = join_pointer(pointer, _text(name, pointer, problems))
    if name in members:
        problems.append(Problem(Fault.DUPLICATE_KEY, here, f"{name!r} is written twice"))
    return here


def _text(text: str, pointer: str, problems: list[Problem]) -> str:
    if _SURROGATE.search(text):
        problems.append(Problem(Fault.INVALID_VALUE, pointer, "holds half of a surrogate pair, which is no character"))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text


def _number(text: str, pointer: str, problems: list[Problem]) -> Json:
    if _INTEGER.match(text):
        digits = text.lstrip("+-0")
        if len(digits) > _MAX_DIGITS or abs(int(text)) > 2**53:
            return Inexact(text)
        return int(text)
    shown = _shown(text)
    if not _FLOAT.match(text):
        problems.append(Problem(Fault.INVALID_VALUE, pointer, f"{shown} is not a JSON number"))
        return None
    value = float(text)
    if value in (float("inf"), float("-inf")):
        problems.append(Problem(Fault.INVALID_VALUE, pointer, f"{shown} is beyond the range of a double"))
    return value


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _too_deep() -> Problem:
    return Problem(Fault.INVALID_VALUE, "", f"something is nested more than {MAX_DEPTH} deep")
