"""Read a YAML (or JSON) document strictly: the JSON part of YAML 1.2, each key once, nothing that refers elsewhere."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from audioscape_luau.spec.model import Json
from audioscape_luau.spec.problems import Fault, Problem, SpecError, join_pointer

_MAX_DEPTH = 100
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NON_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. digest: SHA-256 of its text with LF line ends. folder: what its file names start from."""

    root: dict[str, Json]
    digest: str
    folder: Path


def read_document(path: Path) -> Document:
    """Read a file; raise SpecError if it is no plain mapping."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem(Fault.UNREADABLE, "", f"{path}: {error}")]) from error
    problems: list[Problem] = []
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        root = None if node is None else _convert(node, "", problems)
    except yaml.YAMLError as error:
        raise SpecError([Problem(Fault.INVALID_YAML, "", " ".join(str(error).split()))]) from error
    if problems:
        raise SpecError(problems)
    if not isinstance(root, dict):
        raise SpecError([Problem(Fault.INVALID_YAML, "", "the document is not a mapping")])
    return Document(root, hashlib.sha256(text.encode()).hexdigest(), path.parent)


def _check_events(text: str) -> None:
    """Raise SpecError for aliases, which the composer would follow, tags, which change types, and endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise SpecError([Problem(Fault.YAML_ALIAS, "", "aliases are not supported; write $ref instead")])
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
            raise SpecError([Problem(Fault.YAML_TAG, "", f"the tag {event.tag} is not supported")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise SpecError([Problem(Fault.INVALID_VALUE, "", f"something is nested more than {_MAX_DEPTH} deep")])


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
        here = join_pointer(pointer, name)
        if name in result:
            problems.append(Problem(Fault.DUPLICATE_KEY, here, f"{name!r} is written twice"))
        result[name] = _convert(value, here, problems)
    return result


def _scalar(node: yaml.Node, pointer: str, problems: list[Problem]) -> Json:
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style:
        value: Json = text
    elif text in _WORDS:
        value = _WORDS[text]
    elif _INTEGER.match(text):
        value = int(text)
        if abs(value) > 2**53:
            problems.append(Problem(Fault.INVALID_VALUE, pointer, f"{text} is beyond the exact range of a double"))
    elif _FLOAT.match(text):
        value = float(text)
        if value in (float("inf"), float("-inf")):
            problems.append(Problem(Fault.INVALID_VALUE, pointer, f"{text} is beyond the range of a double"))
    elif _NON_FINITE.match(text):
        problems.append(Problem(Fault.INVALID_VALUE, pointer, f"{text} is not a JSON number"))
        value = None
    else:
        # What only YAML 1.1 reads as a date, a yes or a hexadecimal number is text.
        value = text
    return value
