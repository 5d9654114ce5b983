"""What may import what: a room only those below it."""

from __future__ import annotations

from pathlib import Path

import audioscape_luau
from support.imports import imported, modules

PACKAGE = Path(audioscape_luau.__file__).parent
DOUBLE = "roblox_double"

# From top to bottom. Rooms of one line do not import each other.
LAYERS = (
    {"__main__"},
    {"cli", "pytest_plugin"},
    {"docs"},
    {"live"},
    {"quality"},
    {"contract", "testing", "tools"},
    {"simulation"},
    {"codegen", "mock"},
    {"openapi"},
    {"keywords", "loopback", "programs", "report", "resources"},
)
WITH_DOUBLE = LAYERS[2] | LAYERS[3] | LAYERS[4] | LAYERS[5] | LAYERS[6]
"""Who runs Luau."""

# What does not hold yet. It may only become less.
NOT_YET = {
    ("report", DOUBLE),  # what cannot be seen in a text is spelled out alike
    ("docs", "cli"),  # the page of the commands is made from the commands
}


def edges() -> set[tuple[str, str]]:
    """Return which room imports which, and who imports the double."""
    found: set[tuple[str, str]] = set()
    for name, file in modules(PACKAGE):
        room = name.split(".")[1] if "." in name else ""
        for it in imported(file):
            package, _, rest = it.partition(".")
            if package == DOUBLE:
                found.add((room, DOUBLE))
            elif package == PACKAGE.name:
                found.add((room, rest.split(".")[0]))
    return {(room, other) for room, other in found if room != other}


def allowed(room: str, other: str) -> bool:
    if other == DOUBLE:
        return room in WITH_DOUBLE
    return _layer(other) > _layer(room)


def _layer(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


def test_every_room_has_its_place() -> None:
    there = {name.split(".")[1] for name, _ in modules(PACKAGE) if "." in name}
    assert there == set().union(*LAYERS)


def test_rooms_import_downwards_only() -> None:
    assert {edge for edge in edges() if not allowed(*edge)} == NOT_YET
