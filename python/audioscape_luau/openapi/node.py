"""A mapping of the document that is read key by key, so that a key nobody asked for cannot go unnoticed."""

from __future__ import annotations

from dataclasses import dataclass, field

from audioscape_luau.openapi.extensions import meant
from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer


@dataclass(slots=True)
class Node:
    """A mapping, its place, and where problems go. What is taken is used up; `close` complains about the rest."""

    value: dict[str, Json]
    pointer: str
    problems: list[Problem]
    _taken: set[str] = field(default_factory=set[str])

    def has(self, key: str) -> bool:
        """Say whether the key is there, without taking it."""
        return key in self.value

    def take(self, key: str) -> Json:
        """Return the value of a key, None if it is absent."""
        self._taken.add(key)
        return self.value.get(key)

    def text(self, key: str) -> str:
        """Return a text, empty if it is absent."""
        value = self.take(key)
        return value if isinstance(value, str) else ""

    def child(self, key: str) -> Node | None:
        """Return the mapping of a key as a node, None if it is absent."""
        value = self.take(key)
        return Node(value, self.at(key), self.problems) if isinstance(value, dict) else None

    def children(self, key: str) -> list[Node]:
        """Return the mappings of a list."""
        value = self.take(key)
        items = value if isinstance(value, list) else []
        return [
            Node(item, join_pointer(self.pointer, key, index), self.problems)
            for index, item in enumerate(items)
            if isinstance(item, dict)
        ]

    def entries(self) -> list[tuple[str, Node]]:
        """Return all members of a map of mappings, by name; report what is none, such as the schema `true`."""
        found: list[tuple[str, Node]] = []
        for name in self.value:
            child = self.child(name)
            if child is None:
                self.fail(Fault.UNSUPPORTED_VALUE, "must be a mapping", name)
            else:
                found.append((name, child))
        return found

    def at(self, *tokens: str | int) -> str:
        """Return the pointer of something within."""
        return join_pointer(self.pointer, *tokens)

    def fail(self, fault: Fault, message: str, *tokens: str | int) -> None:
        """Report a problem with this mapping or something within."""
        self.problems.append(Problem(fault, self.at(*tokens), message))

    def close(self) -> None:
        """Report every key that was not taken: it would be dropped silently."""
        for key in self.value:
            if key in self._taken:
                continue
            if key.startswith("x-"):
                ours = meant(key)
                hint = f"; is {ours} meant?" if ours not in (None, key) else ""
                self.fail(Fault.UNSUPPORTED_EXTENSION, f"the extension {key!r} means nothing here{hint}", key)
            else:
                self.fail(Fault.UNSUPPORTED_KEYWORD, f"{key!r} is not supported here", key)
