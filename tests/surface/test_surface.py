"""The public surface of the Luau module is committed as text; a change of it must be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.docs.reference.surface import export
from audioscape_luau.resources import luau_root

LUAU = Path(__file__).parents[2] / "luau"


@pytest.mark.parametrize("name", ["AudioScapeClient", "AudioScapeRemote"])
def test_surface_is_the_committed_one(name: str) -> None:
    committed = LUAU / f"{name}.surface.txt"
    assert export(luau_root() / name) == committed.read_text(encoding="utf-8"), (
        f"write it anew with: uv run python -m audioscape_luau.docs.reference.surface {name} > {committed}"
    )


def test_surface_is_sorted_and_names_the_promises() -> None:
    lines = export(luau_root() / "AudioScapeClient").splitlines()
    assert lines == sorted(lines)
    assert any(line.startswith("function AudioScapeClient.new(") for line in lines)
    assert any(line.startswith("type Client.similar: ") for line in lines)
    assert "type Track.asset_id: string" in lines
    assert any(line.startswith("type ErrorFields.kind: ") for line in lines)


def test_surface_follows_aliases_and_reads_every_form(tmp_path: Path) -> None:
    (tmp_path / "Other.luau").write_text(
        """--!strict
export type Point = {
	--- Across, in studs.
	x: number,
	y: number?, -- up
	move: (self: Point, by: { dx: number, dy: number }) -> (Point?, string?),
}
export type Colour =
	"red"
	| "green" -- not blue
export type Map<K, V> = { [K]: V }
local Other = {}
--[=[ Doubles. ]=]
function Other.double(
	value: number,
	times: number?
): number
	return value * 2
end
return Other
""",
        encoding="utf-8",
    )
    (tmp_path / "init.luau").write_text(
        f"""--!strict
local Other = require("@self/Other")
export type Point = Other.Point
export type Colour = Other.Colour
local {tmp_path.name} = {{}}
{tmp_path.name}.Other = Other
function {tmp_path.name}.new(key: string): Point
	return nil :: any
end
return {tmp_path.name}
""",
        encoding="utf-8",
    )
    name = tmp_path.name
    assert export(tmp_path).splitlines() == sorted(
        [
            f"function {name}.Other.double(value: number, times: number?): number",
            f"function {name}.new(key: string): Point",
            'type Colour | "green"',
            'type Colour | "red"',
            "type Point",
            "type Point.move: (self: Point, by: { dx: number, dy: number }) -> (Point?, string?)",
            "type Point.x: number",
            "type Point.y: number?",
        ]
    )
