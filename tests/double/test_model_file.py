"""Model and place files: read, written, and held against what Rojo and Lune make of them."""

from __future__ import annotations

import contextlib
import json
import math
import struct
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from audioscape_luau.resources import luau_root
from roblox_double import ProjectError, ScriptTree, Universe, load_folder
from roblox_double.project.formats.values import FACES, PHYSICAL, ROTATIONS, WEIGHTS, cframe, float32
from roblox_double.project.model_file import ModelWarning, load_model, write_model
from support.sampling import examples
from support.tools import tool

ROOT = Path(__file__).parents[2]
FORMATS = ("rbxm", "rbxmx", "rbxl", "rbxlx")


def shape(tree: ScriptTree) -> tuple[object, ...]:
    children = sorted((shape(child) for child in tree.children), key=repr)
    return (tree.name, tree.class_name, tree.source, *children)


def rojo(out: Path, project: Path) -> None:
    subprocess.run([tool("rojo"), "build", "-o", out, project], check=True, capture_output=True)


def build(folder: Path, tree: object, extension: str = "rbxm") -> Path:
    """Let Rojo build a project, and return the file."""
    (folder / "one.project.json").write_text(json.dumps({"name": "one", "tree": tree}), encoding="utf-8")
    rojo(folder / f"one.{extension}", folder / "one.project.json")
    return folder / f"one.{extension}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model that the repository's project builds."""
    out = tmp_path_factory.mktemp("model") / "AudioScapeClient.rbxm"
    rojo(out, ROOT / "default.project.json")
    return out


def test_what_rojo_built_is_what_the_folder_holds(built: Path) -> None:
    (root,) = load_model(built)
    assert shape(root) == shape(load_folder(luau_root() / "AudioScapeClient"))


@pytest.mark.parametrize("extension", FORMATS)
def test_module_from_a_written_model_runs(tmp_path: Path, extension: str) -> None:
    file = tmp_path / f"Client.{extension}"
    write_model([load_folder(luau_root() / "AudioScapeClient")], file)
    (root,) = load_model(file)
    with Universe() as universe:
        server = universe.server()
        server.mount(root, "ServerScriptService")
        (kind,) = server.run(
            'local _, err = require(game:GetService("ServerScriptService").AudioScapeClient).new("k"):similar("x")\n'
            "return err.kind"
        )
    assert kind == "invalid_request"


# Damaged files

BINARY = b"<roblox!\x89\xff\r\n\x1a\n"
COUNTS = struct.pack("<HII8x", 0, 1, 1)


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<3I", 0, len(data), 0) + data


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a.rbxm", b"nonsense", "it ends too early"),
        ("a.rbxm", b"nonsense, and more of it", "it does not begin as a model file does"),
        ("a.rbxl", BINARY + struct.pack("<HII8x", 3, 0, 0), "its format has the version 3, which is not known here"),
        ("a.rbxm", BINARY + COUNTS + chunk(b"INST", b"\0\0"), "it ends too early"),
        ("a.rbxm", BINARY + COUNTS + b"INST" + struct.pack("<3I", 3, 90, 0) + b"\xff\xff\xff", "cannot be unpacked"),
        (
            "a.rbxm",
            BINARY + COUNTS + b"INST" + struct.pack("<3I", 4, 9, 0) + b"\x28\xb5\x2f\xfd",
            "not as long as it says",
        ),
        ("a.rbxm", BINARY + COUNTS + chunk(b"PROP", b"\7\0\0\0\1\0\0\0x\2"), "x is of a class that the file does not"),
        ("a.rbxmx", b"<roblox", "it is no XML"),
        ("a.rbxmx", b"<html/>", "it begins with html, not roblox"),
        ("a.rbxmx", b"<roblox/>", "its format has the version None, which is not known here"),
        ("a.rbxmx", b'<roblox version="4"><Item/></roblox>', "an Item has no class"),
        (
            "a.rbxlx",
            b'<roblox version="4"><Item class="IntValue"><Properties><int name="Value"/></Properties></Item></roblox>',
            "IntValue.Value: ",
        ),
        (
            "a.rbxmx",
            b'<roblox version="4"><Item class="Part"><Properties><Vector2 name="x"/></Properties></Item></roblox>',
            "a Vector2 has no X",
        ),
    ],
)
def test_a_file_that_is_no_model_is_told(tmp_path: Path, name: str, data: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ProjectError) as caught:
        load_model(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert problem in str(caught.value)


@examples(150)
@given(st.data())
def test_no_damage_does_anything_else(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.getbasetemp()
    file = folder / data.draw(st.sampled_from(["damaged.rbxm", "damaged.rbxmx"]))
    write_model([ScriptTree("A", "Part", properties={"Size": [1, 2, 3]}, attributes={"a": 1}, tags=("t",))], file)
    whole = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        with contextlib.suppress(ProjectError):
            load_model(file)


# What a newer engine has


def test_what_is_not_known_is_left_out_with_one_warning(tmp_path: Path) -> None:
    (tmp_path / "new.rbxmx").write_text(
        '<roblox version="4"><Item class="Folder" referent="0"><Properties><string name="Name">F</string>'
        '<quaternion name="Turn">1 2 3 4</quaternion><int name="Later">5</int></Properties>'
        '<Item class="Sound" referent="1"><Properties><string name="Volume">loud</string>'
        '<bool name="Looped">true</bool></Properties></Item></Item></roblox>',
        encoding="utf-8",
    )
    with pytest.warns(ModelWarning) as caught:
        (root,) = load_model(tmp_path / "new.rbxmx")
    assert [str(warning.message) for warning in caught] == [
        f"{tmp_path / 'new.rbxmx'}: left out, as this version does not know it: Folder.Later, Folder.Turn, Sound.Volume"
    ]
    assert (root.properties, root.children[0].properties) == ({}, {"Looped": True})


def test_a_type_that_is_not_known_is_left_out_of_binary_files(tmp_path: Path) -> None:
    number = struct.pack("<I", 0)
    inst = number + b"\6\0\0\0Folder\0" + struct.pack("<I", 1) + bytes(4)
    name = number + b"\4\0\0\0Name\1\1\0\0\0F"
    later = number + b"\5\0\0\0Later\x7fsomething"
    tree = b"\0" + struct.pack("<I", 1) + bytes(4) + b"\0\0\0\1"
    packed = zstd.compress(name)
    parts = chunk(b"META", b"\0\0\0\0") + chunk(b"INST", inst) + chunk(b"PROP", later)
    parts += b"PROP" + struct.pack("<3I", len(packed), len(name), 0) + packed + chunk(b"PRNT", tree)
    (tmp_path / "new.rbxm").write_bytes(BINARY + COUNTS + parts + chunk(b"END\0", b"</roblox>"))
    with pytest.warns(ModelWarning, match=r"Folder\.Later"):
        (root,) = load_model(tmp_path / "new.rbxm")
    assert shape(root) == ("F", "Folder", None)


# Every type there and back

f32 = st.floats(width=32, allow_nan=False)
i32 = st.integers(-(2**31), 2**31 - 1)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"))


def floats(size: int) -> st.SearchStrategy[list[float]]:
    return st.lists(f32, min_size=size, max_size=size)


def typed(kind: str, parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return parts.map(lambda parts: {kind: parts})


def points(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    each: st.SearchStrategy[Any] = st.fixed_dictionaries({"time": f32, **parts})
    return st.fixed_dictionaries({"keypoints": st.lists(each, min_size=2, max_size=4)})


rows = floats(9) | st.sampled_from(sorted(ROTATIONS.values())).map(list)
cframes = st.tuples(floats(3), rows).map(lambda parts: cframe([*parts[0], *parts[1]]))
udims = st.tuples(f32, i32).map(list)
brick_colors = typed("BrickColor", st.sampled_from([1, 5, 23, 194, 1001, 1032]))
fonts = st.fixed_dictionaries(
    {
        "family": words,
        "weight": st.sampled_from(sorted(WEIGHTS.values())),
        "style": st.sampled_from(["Normal", "Italic"]),
    }
)
physical = st.just("Default") | st.fixed_dictionaries(dict.fromkeys(PHYSICAL, f32))
# A class and a property of each type.
PROPERTIES: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("StringValue", "Value"): words,
    ("BoolValue", "Value"): st.booleans(),
    ("IntValue", "Value"): st.integers(-(2**53), 2**53),
    ("NumberValue", "Value"): st.floats(allow_nan=False),
    ("Sound", "Volume"): f32,
    ("Sound", "SoundId"): words,
    ("Sound", "RollOffMode"): st.sampled_from(["Inverse", "Linear", "InverseTapered", "LinearSquare"]),
    ("Sound", "LoopRegion"): typed("NumberRange", floats(2)),
    ("UIListLayout", "Padding"): typed("UDim", udims),
    ("Frame", "Size"): typed("UDim2", st.lists(udims, min_size=2, max_size=2)),
    ("Frame", "AnchorPoint"): typed("Vector2", floats(2)),
    ("Frame", "BackgroundColor3"): typed("Color3", floats(3)),
    ("Frame", "ZIndex"): i32,
    ("TextLabel", "FontFace"): typed("Font", fonts),
    ("ImageLabel", "SliceCenter"): typed("Rect", st.lists(floats(2), min_size=2, max_size=2)),
    ("RayValue", "Value"): typed("Ray", st.fixed_dictionaries({"origin": floats(3), "direction": floats(3)})),
    ("Handles", "Faces"): st.sets(st.sampled_from(FACES)).map(
        lambda names: {"Faces": [name for name in FACES if name in names]}
    ),
    ("ArcHandles", "Axes"): st.sets(st.sampled_from("XYZ")).map(lambda names: {"Axes": sorted(names)}),
    ("BrickColorValue", "Value"): brick_colors,
    ("Vector3Value", "Value"): typed("Vector3", floats(3)),
    ("CFrameValue", "Value"): typed("CFrame", cframes),
    ("Part", "Color"): typed("Color3uint8", st.lists(st.integers(0, 255), min_size=3, max_size=3)),
    ("Part", "CustomPhysicalProperties"): typed("PhysicalProperties", physical),
    ("Model", "WorldPivotData"): typed("OptionalCFrame", cframes),
    ("ParticleEmitter", "Size"): typed("NumberSequence", points(value=f32, envelope=f32)),
    ("ParticleEmitter", "Color"): typed("ColorSequence", points(color=floats(3))),
    ("TerrainRegion", "ExtentsMin"): st.lists(st.integers(-(2**15), 2**15 - 1), min_size=3, max_size=3).map(
        lambda parts: {"Vector3int16": parts}
    ),
}
attributes = st.dictionaries(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,9}", fullmatch=True),
    st.one_of(
        st.booleans(),
        st.floats(allow_nan=False),
        words,
        typed("UDim", udims),
        typed("UDim2", st.lists(udims, min_size=2, max_size=2)),
        brick_colors,
        typed("Color3", floats(3)),
        typed("Vector2", floats(2)),
        typed("Vector3", floats(3)),
        typed("CFrame", cframes),
        typed("EnumItem", st.fixed_dictionaries({"type": words, "value": st.integers(0, 2**31)})),
        typed("NumberSequence", points(value=f32, envelope=f32)),
        typed("ColorSequence", points(color=floats(3))),
        typed("NumberRange", floats(2)),
        typed("Rect", st.lists(floats(2), min_size=2, max_size=2)),
        typed("Font", fonts),
    ),
    max_size=4,
)


@st.composite
def trees(draw: st.DrawFn, depth: int = 2) -> ScriptTree:
    class_name = draw(st.sampled_from(sorted({name for name, _ in PROPERTIES} | {"Script", "Folder", "Workspace"})))
    named = {key: value for (name, key), value in PROPERTIES.items() if name == class_name}
    properties = draw(st.fixed_dictionaries({}, optional=named))
    children = draw(st.lists(trees(depth - 1), max_size=2)) if depth else []
    return ScriptTree(
        draw(words),
        class_name,
        draw(words) if class_name == "Script" else None,
        tuple(children),
        properties,
        draw(attributes),
        tags=tuple(draw(st.lists(words.filter(bool), max_size=2))),
    )


def plain(tree: ScriptTree) -> object:
    """What a tree has, without what a new Instance has as well."""
    return (
        tree.name,
        tree.class_name,
        tree.source,
        sorted(tree.properties.items(), key=repr),
        sorted(tree.attributes.items(), key=repr),
        tree.tags,
        [plain(child) for child in tree.children],
    )


def without(tree: ScriptTree, new: dict[tuple[str, str], object]) -> ScriptTree:
    properties = {key: value for key, value in tree.properties.items() if new.get((tree.class_name, key), ...) != value}
    children = tuple(without(child, new) for child in tree.children)
    return ScriptTree(tree.name, tree.class_name, tree.source, children, properties, tree.attributes, tags=tree.tags)


# What these are in a new Instance, as the engine's reference has it.
NEW: dict[tuple[str, str], object] = {
    ("StringValue", "Value"): "",
    ("BoolValue", "Value"): False,
    ("IntValue", "Value"): 0,
    ("NumberValue", "Value"): 0,
    ("Sound", "Volume"): 0.5,
    ("Sound", "SoundId"): "",
    ("Sound", "RollOffMode"): "Inverse",
    ("Sound", "LoopRegion"): {"NumberRange": [0, 60000]},
    ("UIListLayout", "Padding"): {"UDim": [0, 0]},
    ("Frame", "Size"): {"UDim2": [[0, 0], [0, 0]]},
    ("Frame", "AnchorPoint"): {"Vector2": [0, 0]},
    ("Frame", "ZIndex"): 1,
    ("ImageLabel", "SliceCenter"): {"Rect": [[0, 0], [0, 0]]},
    ("RayValue", "Value"): {"Ray": {"origin": [0, 0, 0], "direction": [0, 0, 0]}},
    ("Handles", "Faces"): {"Faces": list(FACES)},
    ("ArcHandles", "Axes"): {"Axes": ["X", "Y", "Z"]},
    ("BrickColorValue", "Value"): {"BrickColor": 194},
    ("Vector3Value", "Value"): {"Vector3": [0, 0, 0]},
    ("CFrameValue", "Value"): {"CFrame": {"position": [0, 0, 0], "orientation": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}},
    ("Part", "Color"): {"Color3uint8": [163, 162, 165]},
    ("Part", "CustomPhysicalProperties"): {"PhysicalProperties": "Default"},
    ("TerrainRegion", "ExtentsMin"): {"Vector3int16": [0, 0, 0]},
}


@pytest.mark.cases(2)
@pytest.mark.parametrize("extension", FORMATS)
@examples(40)
@given(roots=st.lists(trees(), max_size=2))
def test_every_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory, extension: str, roots: list[ScriptTree]
) -> None:
    file = tmp_path_factory.getbasetemp() / f"there.{extension}"
    write_model(roots, file)
    bytes_of = file.read_bytes()
    back = load_model(file)
    assert [plain(tree) for tree in back] == [plain(without(tree, NEW)) for tree in roots]
    write_model(back, file)
    assert [plain(tree) for tree in load_model(file)] == [plain(tree) for tree in back]
    write_model(roots, file)
    assert file.read_bytes() == bytes_of


@pytest.mark.parametrize("extension", FORMATS)
def test_special_numbers_come_back(tmp_path: Path, extension: str) -> None:
    numbers = [math.inf, -math.inf, -0.0, 5e-324, 0.1]
    write_model(
        [ScriptTree("n", "NumberValue", properties={"Value": number}) for number in numbers],
        tmp_path / f"a.{extension}",
    )
    back = [tree.properties.get("Value", -0.0) for tree in load_model(tmp_path / f"a.{extension}")]
    assert back == numbers
    write_model([ScriptTree("n", "NumberValue", properties={"Value": math.nan})], tmp_path / f"a.{extension}")
    (nan,) = (tree.properties["Value"] for tree in load_model(tmp_path / f"a.{extension}"))
    assert nan != nan


def test_bytes_that_are_no_text_come_back_in_the_binary_format(tmp_path: Path) -> None:
    tree = ScriptTree("n", "StringValue", properties={"Value": b"\xff\0\n"}, attributes={"a": b"\xfe"})
    write_model([tree], tmp_path / "a.rbxm")
    (back,) = load_model(tmp_path / "a.rbxm")
    assert (back.properties["Value"], back.attributes["a"]) == (b"\xff\0\n", b"\xfe")
    with pytest.raises(ProjectError, match="which no XML file can have"):
        write_model([tree], tmp_path / "a.rbxmx")
    write_model([ScriptTree("n", "StringValue", properties={"Value": "a\r\nb"})], tmp_path / "a.rbxmx")
    assert load_model(tmp_path / "a.rbxmx")[0].properties["Value"] == "a\r\nb"


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        (ScriptTree("A", "Sound", properties={"RollOffMode": "Steep"}), "RollOffMode of A: Steep is no item of Enum"),
        (ScriptTree("A", "Part", properties={"Size": [1, 2]}), r"Size of A: \[1, 2\] is no Vector3"),
        (ScriptTree("A", "Sound", properties={"Volume": {"Vector3": [1, 2, 3]}}), "it is a Float32, and cannot be a V"),
        (ScriptTree("A", "Sound", properties={"Looped": "yes"}), "Looped of A: 'yes' is no Bool"),
        (ScriptTree("A", "Folder", attributes={"a": [1]}), "does not say its type"),
        (ScriptTree("A", "Folder", attributes={"a": {"Ray": {"origin": [1, 1, 1], "direction": [1, 1, 1]}}}), "a Ray"),
    ],
)
def test_what_no_file_can_have_is_refused(tmp_path: Path, tree: ScriptTree, problem: str) -> None:
    for name in ("a.rbxm", "a.rbxlx"):
        with pytest.raises(ProjectError, match=problem):
            write_model([tree], tmp_path / name)
        assert not (tmp_path / name).exists()


def test_only_model_files_are_written(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"a model file ends in \.rbxm, \.rbxl, \.rbxmx, \.rbxlx"):
        write_model([], tmp_path / "a.json")


# References

HOLDER = ScriptTree(
    "M",
    "Model",
    ids=("m",),
    children=(
        ScriptTree("P", "Part", ids=("p",)),
        ScriptTree("O", "ObjectValue", properties={"Value": {"Ref": "m"}}),
        ScriptTree("N", "ObjectValue", properties={"Value": {"Ref": "elsewhere"}}),
        ScriptTree("Q", "ObjectValue", properties={"Value": {"Ref": "p"}}),
        ScriptTree("R", "ObjectValue"),
    ),
)


@pytest.mark.parametrize("extension", FORMATS)
def test_references_are_to_what_was_built_with_them(tmp_path: Path, extension: str) -> None:
    write_model([HOLDER], tmp_path / f"M.{extension}")
    with Universe() as universe:
        server = universe.server()
        for name in ("One", "Two"):
            (tree,) = load_model(tmp_path / f"M.{extension}")
            server.mount(ScriptTree(name, "Folder", children=(tree,)), "Workspace")
        assert server.run(
            "local one, two = workspace.One.M, workspace.Two.M\n"
            "return one.O.Value == one, two.Q.Value == two.P, two.N.Value, two.R.Value"
        ) == [True, True, None, None]


# Rojo and Lune

MODEL = {
    "className": "Sound",
    "properties": {
        "Volume": 0.25,
        "SoundId": "rbxassetid://9",
        "RollOffMode": "Linear",
        "LoopRegion": {"NumberRange": [1, 2]},
        "Tags": ["a", "b"],
    },
    "attributes": {"x": 1, "c": {"Color3": [1, 0, 0]}},
    "children": [
        {"name": "V", "className": "StringValue", "properties": {"Value": "hey"}},
        {
            "name": "L",
            "className": "TextLabel",
            "properties": {"Text": "T", "TextColor3": [1, 0, 0], "Size": {"UDim2": [[0.5, 1], [0, 2]]}},
        },
        {"name": "P", "className": "AudioPlayer", "properties": {"Asset": "rbxassetid://8", "Looping": True}},
        {"name": "B", "className": "Part", "properties": {"Anchored": True, "Size": [1, 2, 3]}},
    ],
}
PROBE = """
local sound = workspace.Box.Music
return sound.Volume, sound.SoundId, sound.RollOffMode.Name, sound.LoopRegion.Max, sound:HasTag("b"),
    sound:GetAttribute("x"), sound:GetAttribute("c"):ToHex(), sound.V.Value,
    sound.L.Text, sound.L.TextColor3:ToHex(), sound.L.Size.X.Scale,
    sound.P.Asset, sound.P.Looping, sound.B.ClassName, sound.PlaybackSpeed
"""
EXPECTED = [0.25, "rbxassetid://9", "Linear", 2, True, 1, "ff0000", "hey", "T", "ff0000", 0.5]


@pytest.mark.parametrize("by", ["rojo", "us"])
@pytest.mark.parametrize("extension", ["rbxm", "rbxmx"])
def test_models_in_a_project_keep_what_is_set_on_them(tmp_path: Path, extension: str, by: str) -> None:
    (tmp_path / "Music.model.json").write_text(json.dumps(MODEL), encoding="utf-8")
    folder = tmp_path / "Box"
    folder.mkdir()
    if by == "rojo":
        build(tmp_path, {"$path": "Music.model.json"}, extension).replace(folder / f"Music.{extension}")
    else:
        write_model([load_folder(tmp_path / "Music.model.json")], folder / f"Music.{extension}")
    with Universe() as universe:
        server = universe.server()
        server.mount(load_folder(folder), "Workspace")
        assert server.run(PROBE) == [*EXPECTED, "rbxassetid://8", True, "Part", 1]


def finite(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Leave out what JSON cannot say."""
    return values.filter(lambda value: "inf" not in repr(value))


@st.composite
def described(draw: st.DrawFn) -> ScriptTree:
    """A tree that says a value of each type."""
    made = [
        ScriptTree(f"{class_name}{number}", class_name, properties={key: draw(finite(value))})
        for number, ((class_name, key), value) in enumerate(PROPERTIES.items())
    ]
    holder = ScriptTree("Holder", "Folder", attributes=draw(finite(attributes)), tags=("a", "b"))
    return ScriptTree("one", "Folder", children=(holder, *made))


def as_json(tree: ScriptTree) -> dict[str, Any]:
    """A tree as a node of a project."""
    properties = {**tree.properties, **({"Tags": list(tree.tags)} if tree.tags else {})}
    node = {"$className": tree.class_name, "$properties": properties, "$attributes": dict(tree.attributes)}
    return {**node, **{child.name: as_json(child) for child in tree.children}}


def rounded(value: Any) -> Any:
    """A value with its numbers as 32 bits hold them, as those of a project have more."""
    if isinstance(value, Mapping):
        return {key: rounded(part) for key, part in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [rounded(part) for part in cast("Sequence[Any]", value)]
    return float32(value) if isinstance(value, float) else value


def compared(tree: ScriptTree) -> object:
    """What a tree has, in an order that all agree on."""
    first, *rest = without(tree, NEW).children
    return rounded([plain(child) for child in (first, *sorted(rest, key=lambda child: child.name))])


@pytest.mark.parametrize("extension", ["rbxm", "rbxmx"])
@settings(max_examples=6)
@given(tree=described())
def test_what_rojo_writes_is_read(tmp_path_factory: pytest.TempPathFactory, extension: str, tree: ScriptTree) -> None:
    file = build(tmp_path_factory.getbasetemp(), as_json(tree), extension)
    (root,) = load_model(file)
    ordered = [next(child for child in root.children if child.name == named.name) for named in tree.children]
    assert compared(ScriptTree("one", "Folder", children=tuple(ordered))) == compared(tree)


@pytest.mark.parametrize("extension", ["rbxm", "rbxmx"])
@settings(max_examples=6)
@given(tree=described())
def test_rojo_reads_what_is_written(tmp_path_factory: pytest.TempPathFactory, extension: str, tree: ScriptTree) -> None:
    folder = tmp_path_factory.getbasetemp()
    write_model([tree], folder / f"given.{extension}")
    (root,) = load_model(build(folder, {"$path": f"given.{extension}"}))
    assert compared(root) == compared(tree)


LUNE = """
local fs = require("@lune/fs")
local process = require("@lune/process")
local roblox = require("@lune/roblox")
fs.writeFile(process.args[2], roblox.serializeModel(roblox.deserializeModel(fs.readFile(process.args[1]))))
"""


@pytest.mark.parametrize("extension", ["rbxm", "rbxmx"])
@settings(max_examples=5)
@given(tree=described())
def test_lune_reads_what_is_written(tmp_path_factory: pytest.TempPathFactory, extension: str, tree: ScriptTree) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "again.luau").write_text(LUNE, encoding="utf-8")
    write_model([tree], folder / f"given.{extension}")
    command = [tool("lune"), "run", folder / "again.luau", folder / f"given.{extension}", folder / "again.rbxm"]
    subprocess.run(command, check=True, capture_output=True)
    (root,) = load_model(folder / "again.rbxm")
    assert compared(root) == compared(tree)
