"""What can be wrong with a specification. Every problem has a name, a place and a text; all are reported at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The names of the problems; `spec/README.md` lists them for people."""

    UNREADABLE = "unreadable"
    SWAGGER_2 = "swagger-2"
    INVALID_YAML = "invalid-yaml"
    INVALID_JSON = "invalid-json"
    DUPLICATE_KEY = "duplicate-key"
    YAML_ALIAS = "yaml-alias"
    YAML_TAG = "yaml-tag"
    INVALID_VALUE = "invalid-value"
    INVALID_OPENAPI = "invalid-openapi"
    REMOTE_REFERENCE = "remote-reference"
    MISSING_REFERENCE = "missing-reference"
    REFERENCE_CYCLE = "reference-cycle"
    UNSUPPORTED_KEYWORD = "unsupported-keyword"
    UNSUPPORTED_VALUE = "unsupported-value"
    UNSUPPORTED_EXTENSION = "unsupported-extension"
    INVALID_EXTENSION = "invalid-extension"
    MISSING_OPERATION_ID = "missing-operation-id"
    NAME_COLLISION = "name-collision"
    EMPTY_RANGE = "empty-range"
    SUCCESS_RESPONSE = "success-response"
    EXAMPLE_FILE = "example-file"
    EXAMPLE_MISMATCH = "example-mismatch"
    RESERVED_METHOD = "reserved-method"
    LOST_LETTERS = "lost-letters"
    NAME_TOO_LONG = "name-too-long"
    AMBIGUOUS_INPUT = "ambiguous-input"
    TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its name, an RFC 6901 pointer into the document, and what to do about it."""

    fault: Fault
    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.pointer or '/'}: {self.message}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a document says and a client takes otherwise, or not at all: its place, and what is done instead."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.message}"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that the client does not have, such as `GET /things`, and why."""

    operation: str
    problems: tuple[Problem, ...]


class SpecError(Exception):
    """The specification cannot be used; `problems` says why, in document order, at least one.

    left_out: the operations that were left out before nothing was left.
    """

    def __init__(self, problems: Iterable[Problem], left_out: Iterable[LeftOut] = ()) -> None:
        self.problems = tuple(problems)
        self.left_out = tuple(left_out)
        super().__init__("\n".join(map(str, self.problems)))


def join_pointer(pointer: str, *tokens: str | int) -> str:
    """Append unescaped tokens to a JSON pointer."""
    return pointer + "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def split_pointer(pointer: str) -> list[str]:
    """Return the unescaped tokens of a JSON pointer."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
