"""The reference of a Luau module: what is read out of doc comments, and that the shipped module has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audioscape_luau.docs.reference import page
from audioscape_luau.docs.reference.declarations import Declaration, declarations, exported
from audioscape_luau.resources import luau_root

ROOT = Path(__file__).parents[2]
SHIPPED = luau_root() / "AudioScapeClient"

SOURCE = """--!strict
--- Where it is.
--- In studs.
export type Point = {
	--- Across.
	x: number,
	y: number?, -- up
	--- Moves it.
	move: (
		self: Point,
		by: { dx: number }
	) -> (boolean, string?),
	[string]: any,
}

-- no doc comment
export type Colour =
	"red"
	| "green" -- not blue
	| "a -- b"

local Module = {}

--[=[
	@class Module
	Doubles.

	Twice as much.
]=]
function Module.double(
	value: number
): number
	return value * 2
end

--- Lost, as nothing is declared here.
local other = 1

function Module.bare()
end
"""


def test_what_is_read() -> None:
    found = {item.name: item for item in declarations(SOURCE)}
    assert list(found) == ["Point", "Colour", "Module.double", "Module.bare"]
    assert found["Point"].doc == "Where it is.\nIn studs."
    assert found["Point"].fields == (
        Declaration("x", "Across.", "number"),
        Declaration("y", "up", "number?"),
        Declaration("move", "Moves it.", "(\n\tself: Point,\n\tby: { dx: number }\n) -> (boolean, string?)"),
        Declaration("[string]", "", "any"),
    )
    assert found["Colour"].doc == ""
    assert found["Colour"].code == 'export type Colour =\n\t"red"\n\t| "green"\n\t| "a -- b"'
    assert found["Module.double"] == Declaration(
        "Module.double", "Doubles.\n\nTwice as much.", "function Module.double(\n\tvalue: number\n): number"
    )
    assert found["Module.bare"] == Declaration("Module.bare", "", "function Module.bare()")


def test_an_alias_is_followed_to_its_fields(tmp_path: Path) -> None:
    (tmp_path / "Deep.luau").write_text(
        "--!strict\n--- Of a place.\nexport type Inner = {\n\t--- Across.\n\tx: number,\n}\n", encoding="utf-8"
    )
    (tmp_path / "init.luau").write_text(
        '--!strict\nlocal Deep = require("@self/Deep")\n\nexport type Outer = Deep.Inner\n\nlocal M = {}\nreturn M\n',
        encoding="utf-8",
    )
    (outer,) = exported(tmp_path / "init.luau")
    assert (outer.name, outer.doc) == ("Outer", "Of a place.")
    assert outer.code.startswith("export type Outer = {")
    assert outer.fields == (Declaration("x", "Across.", "number"),)


def test_other_modules_are_not_named(tmp_path: Path) -> None:
    file = tmp_path / "M.luau"
    file.write_text(
        '--!strict\nlocal Types = require("./Types")\n\nexport type A = {\n\tx: { Types.Track }?,\n'
        "\ty: Enum.KeyCode,\n}\n\n"
        "function M.of(track: Types.Track): Enum.KeyCode\nend\n",
        encoding="utf-8",
    )
    kept, function = exported(file)
    assert [field.code for field in kept.fields] == ["{ Track }?", "Enum.KeyCode"]
    assert function.code == "function M.of(track: Track): Enum.KeyCode"


def test_a_declaration_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="no end of: export type A"):
        list(declarations("export type A = {\n\tx: number,\n"))


def test_the_shipped_module_explains_what_it_offers() -> None:
    functions = [*exported(SHIPPED / "init.luau"), *exported(SHIPPED / "music/Mir.luau")]
    assert [item.name for item in functions if item.code.startswith("function ") and not item.doc] == []
    text = page(SHIPPED)
    for heading in re.findall(r"^### `(?:client|radio|AudioScapeClient)[.:].*$", text, re.MULTILINE):
        section = text.partition(heading)[2].partition("\n##")[0]
        assert section.rpartition("```\n")[2].strip(), heading
    for name in ("Options", "CopyOptions", "RadioOptions", "Track", "ErrorFields", "Stats", "Event"):
        table = text.partition(f"{{ #{name} }}")[2].partition("\n### ")[0]
        assert "\n| `" in table, name
    assert [line for line in text.splitlines() if line.startswith("| `") and line.endswith("|  |")] == []


def test_what_is_long_has_a_line_for_each_parameter(tmp_path: Path) -> None:
    (tmp_path / "init.luau").write_text(
        "--!strict\n--- What plays.\nexport type Radio = {\n\t--- Short.\n\tskip: (self: Radio) -> boolean,\n"
        "\t--- Long.\n\ttell: (self: Radio, first: { a: number }?, second: Something)"
        " -> (boolean, Something?, Other?),\n}\n",
        encoding="utf-8",
    )
    text = page(tmp_path)
    assert "```luau\nskip: (self: Radio) -> boolean\n```" in text
    assert (
        "```luau\ntell: (\n\tself: Radio,\n\tfirst: { a: number }?,\n\tsecond: Something\n"
        ") -> (boolean, Something?, Other?)\n```"
    ) in text


@pytest.mark.thorough
def test_the_page_has_every_line_of_the_surface() -> None:
    text = page(SHIPPED)
    for line in (luau_root() / "AudioScapeClient.surface.txt").read_text(encoding="utf-8").splitlines():
        kind, name = line.split(" ")[0], re.split(r"[(<]", line.split(" ")[1])[0].removesuffix(":")
        owner, _, field = name.partition(".")
        if kind == "function":
            assert f"{{ #{name} }}" in text, name
        elif field:
            assert f"{{ #{name} }}" in text or f"| `{field}` |" in text, name
        else:
            assert f"{{ #{owner} }}" in text or f"## {owner}\n" in text, name
