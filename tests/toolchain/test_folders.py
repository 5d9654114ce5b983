"""What the folders of the client may require: ARCHITECTURE.md draws it, and this holds it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root

CLIENT = luau_root() / "AudioScapeClient"

CLOSED = {
    "support": {"remote", "share", "errors", "options", "wire", "http", "radio", "Client", "calls", "Session"},
    "errors": {"remote", "share", "options", "wire", "http", "radio", "Client", "calls", "Session"},
    "options": {"remote", "share", "wire", "http", "radio", "Client", "calls", "Session"},
    "wire": {"remote", "share", "http", "radio", "options", "Client", "calls", "Session"},
    "http": {"remote", "share", "radio", "Client", "calls", "Session", "generated/Operations", "generated/operations"},
    "radio": {"remote", "share", "Client", "calls", "Session", "generated/Operations", "generated/operations"},
    "paging": {
        "remote",
        "share",
        "radio",
        "options",
        "Client",
        "Session",
        "generated/Operations",
        "generated/operations",
    },
    "analytics": {
        "remote",
        "share",
        "http",
        "paging",
        "radio",
        "Client",
        "calls",
        "Session",
        "generated/Operations",
        "generated/operations",
    },
    "remote": {"radio", "paging", "analytics", "Client"},
    "share": {"remote", "radio", "paging", "analytics", "Client", "calls", "Session"},
    "music": {"remote", "share", "errors", "options", "wire", "http", "paging", "radio", "Client", "calls", "Session"},
    "generated": {"remote", "share", "http", "radio", "options", "Client", "calls", "Session"},
}
"""What a folder of the client must not require: wire knows no network, http no operation, the radio no client.

What serves players is built on all of them, and none of them knows it.
"""


def required(file: Path, source: str) -> Iterator[str]:
    """Yield the modules that a Luau source requires, as paths below the client."""
    for path in re.findall(r'\brequire\("([^"]+)"\)', source):
        start = file.parent if path.startswith("@self/") or file.name != "init.luau" else file.parent.parent
        target = (start / path.removeprefix("@self/")).resolve()
        if target.is_relative_to(CLIENT.resolve()):
            yield target.relative_to(CLIENT.resolve()).as_posix()


def forbidden(file: Path, source: str) -> list[str]:
    """Return what a module of the client requires and must not."""
    closed = CLOSED.get(file.relative_to(CLIENT).parts[0], set())
    return [
        path for path in required(file, source) if any(path == name or path.startswith(f"{name}/") for name in closed)
    ]


def test_luau_folders_know_nothing_of_what_is_above_them() -> None:
    found = {
        file.relative_to(CLIENT).as_posix(): wrong
        for file in CLIENT.rglob("*.luau")
        if (wrong := forbidden(file, file.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("file", "source", "wrong"),
    [
        ("http/policies/retry.luau", 'local Radio = require("../../radio/Radio")', ["radio/Radio"]),
        ("http/policies/retry.luau", 'local all = require("../../generated/Operations")', ["generated/Operations"]),
        ("http/init.luau", 'local c = require("./Client") local o = require("@self/chain")', ["Client"]),
        ("wire/decode.luau", 'local Call = require("../http/Call")', ["http/Call"]),
        ("radio/Controller.luau", 'local Mir = require("../music/Mir") local http = require("../httpish")', []),
    ],
)
def test_requires_from_above_are_seen(file: str, source: str, wrong: list[str]) -> None:
    assert forbidden(CLIENT / file, source) == wrong


type Edge = tuple[str, str]

NOT_YET: set[frozenset[str]] = {
    frozenset({"generated", "generated/operations"}),  # the list of operations stands outside their folder
}
"""Circles that there still are. They may only become fewer."""


def folder_of(module: str) -> str:
    """Return the folder of a module. One that stands beside the folders is a place of its own."""
    return module.rpartition("/")[0] or module


def room_of(module: str) -> str:
    """Return the folder at the top that a module lies in, at whatever depth."""
    return module.split("/")[0]


def requires() -> set[Edge]:
    """Return which module of the client requires which, for values or for types only."""
    return {
        (file.relative_to(CLIENT).with_suffix("").as_posix(), path)
        for file in CLIENT.rglob("*.luau")
        for path in required(file, file.read_text(encoding="utf-8"))
    }


def circles(edges: Iterable[Edge], place: Callable[[str], str]) -> set[frozenset[str]]:
    """Return the places that require each other in circles, each with all those that it is tied to."""
    needs: dict[str, set[str]] = {}
    for module, other in edges:
        needs.setdefault(place(module), set()).add(place(other))

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [other for other in needs.get(start, ()) if other != start]
        while ahead:
            if (current := ahead.pop()) not in seen:
                seen.add(current)
                ahead += needs.get(current, ())
        return seen

    reached = {start: reach(start) for start in needs}
    return {
        frozenset(other for other in within if start in reached.get(other, ()))
        for start, within in reached.items()
        if start in within
    }


@pytest.mark.parametrize("place", [folder_of, room_of])
def test_folders_do_not_require_each_other_in_circles(place: Callable[[str], str]) -> None:
    assert circles(requires(), place) - NOT_YET == set()


NONE: set[str] = set()


@pytest.mark.parametrize(
    ("edges", "folders", "rooms"),
    [
        ({("a/x", "b/x"), ("b/y", "a/y")}, {"a b"}, {"a b"}),
        ({("a/x", "b/x"), ("b/y", "c/x"), ("c/y", "a/z")}, {"a b c"}, {"a b c"}),
        ({("a/x", "a/b/x"), ("a/b/y", "a/y")}, {"a a/b"}, NONE),
        ({("a/b/x", "c/x"), ("c/y", "a/d/x")}, NONE, {"a c"}),
        ({("a/x", "b/x"), ("b/y", "a/y"), ("c/x", "d/x"), ("d/y", "c/y")}, {"a b", "c d"}, {"a b", "c d"}),
        ({("a/x", "b/x"), ("b/y", "a/y"), ("b/z", "c/x"), ("c/y", "b/x")}, {"a b c"}, {"a b c"}),
        ({("top", "a/x"), ("a/x", "seam"), ("a/y", "a/x"), ("a/x", "b/x"), ("c/x", "b/x")}, NONE, NONE),
        ({("top", "a/x"), ("a/x", "top")}, {"a top"}, {"a top"}),
    ],
)
def test_every_circle_is_found(edges: set[Edge], folders: set[str], rooms: set[str]) -> None:
    for place, expected in ((folder_of, folders), (room_of, rooms)):
        assert {" ".join(sorted(circle)) for circle in circles(edges, place)} == expected
