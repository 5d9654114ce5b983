"""`scripts/reference.py` merges two descriptions of the engine, and says when what is committed is another one."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import reference
from reflection import Engine, ShapeError, assert_facts, merge, read_datatypes, read_types, render

NONE = """
interface Services {
    Works: Works;
}
interface CreatableInstances {
    Lamp: Lamp;
    Bulb: Bulb;
}
/** A dictionary, not a class. */
interface Shade {
    Wide: number;
}
interface RBXObject {
    readonly _nominal_Object: unique symbol;
}
/**
 * - **Tags**: NotCreatable
 */
interface Lamp extends RBXObject {
    readonly _nominal_Lamp: unique symbol;
    /**
     * - **Tags**: NotReplicated
     */
    Bright: number;
    get Locked(): boolean;
    Bulb: Bulb | undefined;
    Hangs: Lamp | Bulb | undefined;
    readonly Lit: DateTime;
    Glow(this: Lamp, how: (a: number) => void, far?: number): void;
    /**
     * - **Tags**: Yields
     */
    WarmAsync<T>(this: Lamp): Array<T>;
    /**
     * - **Tags**: Yields
     */
    readonly CoolAsync: unknown;
    Look(this: Lamp): LuaTuple<[
        Vector3,
        boolean | undefined
    ]>;
    Shaded(this: Lamp): Shade;
    IsWarm<T>(this: Lamp): this is Objects[T];
    Pick(this: Lamp): Enum.Colour;
    Peek(this: Lamp): unknown | undefined;
    Named(this: Lamp): ContentId;
    readonly Burnt: RBXScriptSignal<(how: string) => void>;
    OnOff: ((on: boolean) => void) | undefined;
    OnBlink: T | undefined;
}
interface Bulb extends Lamp {
    readonly _nominal_Bulb: unique symbol;
}
interface Works extends RBXObject {
    readonly _nominal_Works: unique symbol;
}
"""
PLUGIN = """
interface Services {
    Works: Works;
    Cellar: Cellar;
}
interface Lamp extends RBXObject {
    readonly _nominal_Lamp: unique symbol;
    Price: number;
    Sell(this: Lamp): Lamp | undefined;
}
interface Cellar extends RBXObject {
    readonly _nominal_Cellar: unique symbol;
}
"""
TYPES = "declare const Vector3: Vector3Constructor;\ndeclare const game: DataModel;\n"


def property_(name: str, value: dict[str, str], access: str = "ReadWrite", *tags: str, kind: Any = None) -> list[Any]:
    return [name, access, value, list(tags), {"Canonical": ["Serializes"]} if kind is None else kind]


SAVED_AS_TINT8 = {"Canonical": [{"SerializesAs": "Tint8"}]}
FLOAT, FONT = {"Value": "Float32"}, {"Value": "Font"}
PROPERTIES = [
    property_("Bright", FLOAT, "ReadWrite", "NotReplicated"),
    property_("Locked", {"Value": "Bool"}),
    property_("Bulb", {"Value": "Ref"}),
    property_("Hangs", {"Value": "Ref"}),
    property_("Price", {"Value": "Int64"}),
    property_("Secret", {"Value": "String"}, "None"),
    property_("Wired", {"Value": "BinaryString"}, "None", "NotScriptable"),
    property_("Warmth", {"Value": "Float64"}, "Read", "ReadOnly"),
    property_("Label", {"Value": "String"}),
    property_("Tint", {"Value": "Color3"}, "ReadWrite", "NotReplicated", kind=SAVED_AS_TINT8),
    property_("Tint8", {"Value": "Color3uint8"}, "None", "NotScriptable", kind={"Alias": ["Tint"]}),
    property_("Hue", FLOAT, "ReadWrite", "NotReplicated", kind={"Canonical": [{"SerializesAs": "Hue8"}]}),
    property_("Hue8", FLOAT, "None", "NotScriptable", "NotReplicated"),
    property_("bright", FLOAT, kind={"Alias": ["Bright"]}),
    property_("Font", {"Enum": "Colour"}, kind={"Canonical": [{"Migrate": ["FontFace", "FontToFontFace"]}]}),
    property_("FontFace", FONT),
    property_("Turn", {"Value": "CFrame"}),
    property_("Shine", {"Enum": "Colour"}),
    property_("Reach", FLOAT),
    property_("Odd one", FLOAT),
]
STILL = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
DATABASE: list[Any] = [
    [0, 7, 1],
    {
        "Sound": ["Sound", [], None, {}, {}],
        "Lamp": [
            "Lamp",
            ["NotReplicated"],
            "Object",
            {each[0]: each for each in PROPERTIES},
            {
                "Bright": {"Float32": 0.10000000149011612},
                "Label": {"String": 'a "b", 1%/n'},
                "Tint": {"Color3uint8": [255, 0, 51]},
                "FontFace": {"Font": ["rbxasset://a b.json", "Bold", "Normal", None]},
                "Turn": {"CFrame": [[1.0, 2.0, 3.0], STILL]},
                "Shine": {"Enum": 2},
                "Reach": {"Float32": float("inf")},
                "Wired": {"BinaryString": [1]},
            },
        ],
        "Bulb": ["Bulb", [], "Lamp", {}, {"Bright": {"Float32": 3.0}, "Turn": {"CFrame": [[1.0, 2.0, 3.0], STILL]}}],
        "Works": ["Works", ["Service", "NotReplicated"], "Object", {}, {}],
        "Cellar": ["Cellar", ["NotCreatable"], "Object", {}, {}],
        "Attic": ["Attic", ["Deprecated"], "Object", {}, {}],
        "Shed": ["Shed", ["NotCreatable", "Deprecated"], "Object", {}, {}],
    },
    {"Colour": ["Colour", {"Blue": 2, "Red": 0}]},
]
DOCUMENTED = {"services": ["Shed"], "Lamp": ["glow", "Bright"]}


def merged(database: Any = DATABASE) -> Engine:
    return merge(database, read_types(NONE), read_types(PLUGIN), read_datatypes(TYPES), DOCUMENTED)


def words(name: str) -> list[str]:
    (line,) = re.findall(rf'^\t{name} = "(.*)",$', render(merged())["classes"], re.MULTILINE)
    return line.split(" ")


@pytest.mark.parametrize(
    "word",
    [
        "Bright:float/n=0.1",
        "Locked:boolean/w",
        "Bulb:Bulb",
        "Hangs:Instance",
        "Price:int64/p",
        "Secret:string/x",
        "Wired:string/f",
        "Warmth:number/r",
        "Label:string=a%20%22b%22%2c%201%25/n",
        "Tint:Color3<Tint8=1,0,0.2",
        "Tint8:Color3/f>Tint",
        "Hue:float/n<Hue8",
        "bright:float>Bright",
        "Font:Enum.Colour>FontFace",
        "FontFace:Font=rbxasset://a%20b.json;Bold;Normal",
        "Turn:CFrame=1,2,3",
        "Shine:Enum.Colour=Blue",
        "Reach:float=inf",
        "Lit:DateTime/nr",
        "Glow()",
        "WarmAsync()table/y",
        "CoolAsync()any/y",
        "Look()Vector3,boolean?",
        "Shaded()table",
        "IsWarm()boolean",
        "Pick()Enum.Colour",
        "Peek()any?",
        "Named()string",
        "Burnt@",
        "OnOff&",
        "OnBlink&",
        "Sell()Lamp?/p",
        "glow?",
    ],
)
def test_a_member_is_one_word(word: str) -> None:
    assert word in words("Lamp")


def test_nothing_else_is_a_member() -> None:
    names = {re.split(r"\W", word)[0] for word in words("Lamp")[1:]}
    assert len(words("Lamp")) == len(names) + 1
    assert not {"Odd", "_nominal_Lamp"} & names


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Lamp", "Object/cl"),
        ("Works", "Object/s"),
        ("Cellar", "Object/s"),
        ("Attic", "Object/c"),
        ("Shed", "Object/s"),
        ("Sound", "-/"),
    ],
)
def test_what_a_class_is_comes_first(name: str, head: str) -> None:
    assert words(name)[0] == head


def test_a_class_names_the_defaults_that_it_does_not_inherit() -> None:
    assert words("Bulb") == ["Lamp/c", "Bright=3"]


def test_the_items_of_an_enum_are_in_order() -> None:
    assert '\tColour = "Red=0 Blue=2",\n' in render(merged())["enums"]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ([0], "the database is not"),
        ([1, "Lamp", 3], "Lamp is not"),
        ([1, "Lamp", 3, "Bright", 2], "Lamp.Bright is not"),
        ([2, "Colour", 1], "Enum.Colour is not"),
    ],
)
def test_another_shape_is_refused(at: list[Any], text: str) -> None:
    database = copy.deepcopy(DATABASE)
    within: Any = database
    for key in at[:-1]:
        within = within[key]
    within[at[-1]] = "moved"
    with pytest.raises(ShapeError, match=text):
        merged(database)


def test_what_does_not_know_the_engine_is_refused() -> None:
    with pytest.raises(ShapeError, match="well-known classes are missing"):
        assert_facts(merged())


def test_a_wrong_fact_is_named() -> None:
    engine = reference.read(committed(), reference.DOCUMENTED.read_text(encoding="utf-8"))
    engine.enums["HttpError"]["TimedOut"] = 6
    with pytest.raises(ShapeError, match=r"does not say that Enum.HttpError\.TimedOut is 5"):
        assert_facts(engine)


# The command


def run(cache: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with no other programs than Python."""
    return subprocess.run(
        [sys.executable, reference.__file__, *arguments],
        env={"AUDIOSCAPE_TOOLS": str(cache), "PATH": str(cache), **environment},
        capture_output=True,
        encoding="utf-8",
    )


def test_without_cargo_it_says_that_nothing_was_compared(tmp_path: Path) -> None:
    done = run(tmp_path, "--check")
    assert done.returncode == 0
    assert "was not compared, since cargo is not installed" in done.stderr


def test_in_ci_that_is_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path, "--check", CI="true").returncode == 1
    assert run(tmp_path).returncode == 1


def committed() -> Path:
    """Return the folder with what the packages say; skip the test without it, except in CI."""
    pytest.importorskip("msgpack")
    try:
        return reference.fetch()
    except reference.FetchError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_what_is_committed_is_what_the_packages_say() -> None:
    committed()
    done = run(reference.CACHE.parent, "--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
