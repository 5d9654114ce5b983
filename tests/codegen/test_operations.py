"""What runs is what the specification says: each generated module as it is loaded, against what is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from audioscape_luau.codegen import render
from roblox_double import Peer
from support.game import Game, api

SAME = """
local place, fresh = ...
local loaded = require(place)
local function difference(one, other, path)
    if type(one) ~= type(other) then
        return path
    elseif type(one) == "table" then
        for key in next, one do
            local found = difference(one[key], other[key], `{path}.{tostring(key)}`)
            if found then return found end
        end
        for key in next, other do
            if one[key] == nil then return `{path}.{tostring(key)}` end
        end
    elseif type(one) ~= "function" and one ~= other then
        return path
    end
    return nil
end
return difference(loaded, fresh, "it")
"""


@cache
def rendered() -> dict[str, str]:
    files = {name: text.decode() for name, text in render(api()).items()}
    return {name: text for name, text in files.items() if name.startswith("generated/") and "Types" not in name}


def as_script(name: str, text: str) -> str:
    """Return a module as a script in the folder of the client, which returns what compares it."""
    folder = f"./AudioScapeClient/{name}".rpartition("/")[0]

    def absolute(match: re.Match[str]) -> str:
        parts = folder.split("/")
        for part in match[1].split("/"):
            if part == "..":
                parts.pop()
            elif part != ".":
                parts.append(part)
        return f'require("{"/".join(parts)}")'

    body = re.sub(r'require\("([^"]+)"\)', absolute, text)
    return f"local fresh = (function()\n{body}\nend)()\n" + SAME.replace(
        "local place, fresh = ...\nlocal loaded = require(place)",
        f'local loaded = require("./AudioScapeClient/{name.removesuffix(".luau")}")',
    )


@pytest.fixture(scope="module")
def server() -> Iterator[Peer]:
    with Game() as game:
        yield game.server


@pytest.mark.parametrize("name", sorted(name for name in rendered() if name.startswith("generated/operations/")))
def test_an_operation_is_what_the_specification_says(server: Peer, name: str) -> None:
    assert server.run(as_script(name, rendered()[name])) in ([], [None])
