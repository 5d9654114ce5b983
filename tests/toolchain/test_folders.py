"""What the folders of the client may require: ARCHITECTURE.md draws it, and this holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audioscape_luau.resources import luau_root

CLIENT = luau_root() / "AudioScapeClient"

CLOSED = {
    "wire": {"http", "radio", "options", "Client", "calls", "Session"},
    "http": {"radio", "Client", "calls", "Session", "generated/Operations", "generated/operations"},
    "radio": {"Client", "calls", "Session", "generated/Operations", "generated/operations"},
    "generated": {"http", "radio", "options", "Client", "calls", "Session"},
}
"""What a folder of the client must not require: wire knows no network, http no operation, the radio no client."""


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
