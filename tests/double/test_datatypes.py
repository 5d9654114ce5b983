"""The engine's values: vectors, frames, colours, sequences and the rest, against formulas of their own."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roblox_double import LuauError, Peer, ScriptTree, Universe

type Vector = tuple[float, float, float]
type Matrix = list[list[float]]

lengths = st.floats(-100, 100, width=32).map(lambda value: round(value, 3))
vectors = st.tuples(lengths, lengths, lengths)
angles = st.floats(-3, 3).map(lambda value: round(value, 4))
turns = st.tuples(angles, angles, angles)
ORDERS = ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def vector_methods() -> None:
    """Skip a test where vectors have their components and operators alone: no script of Lune can give them more."""
    if Universe.default_vm == "lune":
        pytest.skip("the vectors of Lune have no methods")


with_methods = pytest.mark.usefixtures("vector_methods")


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with Universe() as universe:
        yield universe.server()


def close(values: Sequence[object], size: float = 1.0) -> list[object]:
    """Return what 32-bit floats may be of numbers that come of others as large as `size`."""
    return [pytest.approx(value, rel=1e-5, abs=2e-6 * max(1.0, size)) for value in values]


def size_of(*values: Sequence[float]) -> float:
    return max(abs(part) for value in values for part in value)


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def about(axis: str, angle: float) -> Matrix:
    """Return the textbook's rotation matrix."""
    cos, sin = math.cos(angle), math.sin(angle)
    matrices: dict[str, Matrix] = {
        "X": [[1, 0, 0], [0, cos, -sin], [0, sin, cos]],
        "Y": [[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]],
        "Z": [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]],
    }
    return matrices[axis]


def times(a: Matrix, b: Matrix) -> Matrix:
    return [[dot(row, column) for column in zip(*b, strict=True)] for row in a]


def rotation(turn: Vector, order: str) -> Matrix:
    by = dict(zip("XYZ", turn, strict=True))
    first, second, third = (about(axis, by[axis]) for axis in order)
    return times(times(first, second), third)


def flat(matrix: Matrix) -> list[float]:
    return [element for row in matrix for element in row]


VECTORS = """
local a, b, share = Vector3.new(...), Vector3.new(select(4, ...)), select(7, ...)
local function parts(v) return { v.X, v.Y, v.Z } end
return parts(a + b), parts(a - b), parts(a * share), parts(-a), parts(a * b), a:Dot(b), parts(a:Cross(b)),
    a.Magnitude, parts(a:Lerp(b, share)), parts(a:Max(b)), parts(a:Min(b)), parts(a:Abs()), parts(a:Floor()),
    parts(a:Ceil()), parts(a:Sign())
"""


@with_methods
@pytest.mark.fact("datatype.vector3", "datatype.vector3.methods")
@often
@given(vectors, vectors, st.floats(0, 1, width=32))
def test_vectors_are_computed_as_in_a_textbook(peer: Peer, a: Vector, b: Vector, share: float) -> None:
    pairs = list(zip(a, b, strict=True))
    expected: list[list[float] | float] = [
        [x + y for x, y in pairs],
        [x - y for x, y in pairs],
        [x * share for x in a],
        [-x for x in a],
        [x * y for x, y in pairs],
        dot(a, b),
        list(cross(a, b)),
        math.sqrt(dot(a, a)),
        [x + (y - x) * share for x, y in pairs],
        [max(pair) for pair in pairs],
        [min(pair) for pair in pairs],
        [abs(x) for x in a],
        [math.floor(x) for x in a],
        [math.ceil(x) for x in a],
        [(x > 0) - (x < 0) for x in a],
    ]
    largest = size_of(a, b) ** 2
    found = peer.run(VECTORS, *a, *b, share)
    for value, wanted in zip(found, expected, strict=True):
        many, wants = (value, wanted) if isinstance(wanted, list) else ([value], [wanted])
        assert many == close(wants, largest)


@with_methods
@pytest.mark.fact("datatype.vector3")
def test_a_vector3_is_the_vector_of_the_vm(server: Peer) -> None:
    source = """
    local v = Vector3.new(1, 2, 3)
    local key = "Y"
    return typeof(v), type(v), v == vector.create(1, 2, 3), tostring(Vector3.new(0.5, -1, 1e10)), v.x, v[key],
        v.magnitude == v.Magnitude, Vector3.new() == Vector3.zero, Vector3.new("1", 2) == Vector3.new(1, 2, 0),
        tostring(Vector3.zero.Unit.X), Vector3.new(0.1).X, v // 2 == Vector3.new(0, 1, 1),
        6 / v == Vector3.new(6, 3, 2), Vector3.xAxis + Vector3.yAxis + Vector3.zAxis == Vector3.one,
        Vector3.new(0, 3, 4).unit == Vector3.new(0, 0.6, 0.8)
    """
    f32 = struct.unpack("<f", struct.pack("<f", 0.1))[0]
    expected = ["Vector3", "vector", True, "0.5, -1, 10000000000", 1, 2, True, True, True, "nan", f32, *[True] * 4]
    assert server.run(source) == expected


@with_methods
@pytest.mark.fact("datatype.vector3.methods")
def test_angles_normals_and_what_is_nearly_equal(server: Peer) -> None:
    source = """
    local x, y, z = Vector3.xAxis, Vector3.yAxis, Vector3.zAxis
    local normals = {}
    for _, item in Enum.NormalId:GetEnumItems() do
        table.insert(normals, `{item.Name}: {Vector3.FromNormalId(item) + Vector3.one * 2}`)
    end
    return x:Angle(y), x:Angle(-x), x:Angle(y, z), x:Angle(y, -z), x:FuzzyEq(x * 1.000001), x:FuzzyEq(x * 1.1),
        x:FuzzyEq(x * 1.1, 0.2), Vector3.FromAxis("Y") == y, normals, x:Max(y, z) == Vector3.one
    """
    quarter = pytest.approx(math.pi / 2)
    normals = ["Right: 3, 2, 2", "Top: 2, 3, 2", "Back: 2, 2, 3", "Left: 1, 2, 2", "Bottom: 2, 1, 2", "Front: 2, 2, 1"]
    assert server.run(source) == [
        quarter,
        pytest.approx(math.pi),
        quarter,
        pytest.approx(-math.pi / 2),
        True,
        False,
        True,
        True,
        normals,
        True,
    ]


@pytest.mark.fact("datatype.cframe", "datatype.cframe.euler")
@pytest.mark.parametrize("order", ORDERS)
@often
@given(vectors, turns, vectors)
def test_frames_are_computed_as_in_a_textbook(
    peer: Peer, order: str, place: Vector, turn: Vector, point: Vector
) -> None:
    source = """
    local order, x, y, z, a, b, c, px, py, pz = ...
    local frame = CFrame.new(x, y, z) * CFrame.fromEulerAngles(a, b, c, order)
    local point = Vector3.new(px, py, pz)
    local function parts(v) return { v.X, v.Y, v.Z } end
    local ea, eb, ec = frame:ToEulerAngles(order)
    return { select(4, frame:GetComponents()) }, parts(frame * point), parts(frame:PointToObjectSpace(frame * point)),
        parts(frame:VectorToWorldSpace(point)), parts(frame:VectorToObjectSpace(point)),
        (frame * frame:Inverse()):FuzzyEq(CFrame.identity, 1e-4),
        CFrame.fromEulerAngles(ea, eb, ec, order):FuzzyEq(frame.Rotation, 2e-3),
        frame:ToWorldSpace(frame:ToObjectSpace(CFrame.new(1, 2, 3))):FuzzyEq(CFrame.new(1, 2, 3), 1e-3),
        CFrame.fromAxisAngle(frame:ToAxisAngle()):FuzzyEq(frame.Rotation, 1e-3)
    """
    matrix = rotation(turn, order)
    turned = [dot(row, point) for row in matrix]
    back = [dot(column, point) for column in zip(*matrix, strict=True)]
    size = 10 * size_of(place, point, (1.0,))
    found = peer.run(source, order, *place, *turn, *point)
    assert found[0] == close(flat(matrix))
    assert found[1] == close([a + b for a, b in zip(place, turned, strict=True)], size)
    assert found[2] == close(point, size)
    assert found[3] == close(turned, size)
    assert found[4] == close(back, size)
    assert found[5:] == [True] * 4


@pytest.mark.fact("datatype.cframe.euler")
@often
@given(turns)
def test_angles_come_back(peer: Peer, turn: Vector) -> None:
    source = """
    local function same(a, b) return a:FuzzyEq(b, 1e-6) end
    local xyz, yxz = CFrame.Angles(...), CFrame.fromOrientation(...)
    return same(xyz, CFrame.fromEulerAngles(...)), same(xyz, CFrame.fromEulerAnglesXYZ(...)),
        same(yxz, CFrame.fromEulerAnglesYXZ(...)),
        { xyz:ToEulerAnglesXYZ() }, { yxz:ToOrientation() }, { yxz:ToEulerAnglesYXZ() }
    """
    x, y, z = turn
    middle = [angle / 2 for angle in turn]
    found = peer.run(source, x / 2, y / 2, z / 2)
    assert found[:3] == [True] * 3
    for angles_found in found[3:]:
        assert angles_found == [pytest.approx(angle, abs=1e-4) for angle in middle]


@pytest.mark.fact("datatype.cframe.lerp")
@often
@given(turns, vectors, st.floats(0, 1))
def test_a_frame_between_two_turns_about_one_axis(peer: Peer, axis: Vector, place: Vector, share: float) -> None:
    if math.sqrt(dot(axis, axis)) < 0.01:
        return
    source = """
    local ax, ay, az, x, y, z, share = ...
    local axis, to = Vector3.new(ax, ay, az), Vector3.new(x, y, z)
    local from, goal = CFrame.Angles(1, 2, 3), CFrame.new(to) * CFrame.Angles(1, 2, 3) * CFrame.fromAxisAngle(axis, 2)
    local wanted = CFrame.new(to * share) * from * CFrame.fromAxisAngle(axis, 2 * share)
    return from:Lerp(goal, share):FuzzyEq(wanted, 1e-3), math.abs(from:AngleBetween(goal) - 2) < 1e-4
    """
    assert peer.run(source, *axis, *place, share) == [True, True]


@with_methods
@pytest.mark.fact("datatype.cframe.made", "datatype.cframe.up")
@often
@given(vectors, vectors)
def test_frames_look_where_they_are_told(peer: Peer, at: Vector, direction: Vector) -> None:
    if math.hypot(direction[0], direction[2]) < 0.1:
        return
    source = """
    local at, direction = Vector3.new(...), Vector3.new(select(4, ...))
    local frame = CFrame.lookAt(at, at + direction)
    local look = frame.LookVector
    return look:FuzzyEq(direction.Unit, 1e-3), frame == CFrame.new(at, at + direction), frame.Position == at,
        math.abs(frame.RightVector.Y) < 1e-5, frame.UpVector.Y > 0, frame:Orthonormalize():FuzzyEq(frame, 1e-5),
        CFrame.lookAlong(at, direction):FuzzyEq(frame, 1e-3),
        CFrame.fromMatrix(at, frame.XVector, frame.YVector):FuzzyEq(frame, 1e-5),
        (CFrame.fromRotationBetweenVectors(Vector3.zAxis, direction) * Vector3.zAxis):FuzzyEq(direction.Unit, 1e-5)
    """
    assert peer.run(source, *at, *direction) == [True] * 9


@with_methods
@pytest.mark.fact("datatype.cframe.made", "datatype.cframe.up")
def test_ways_to_make_a_frame(server: Peer) -> None:
    source = """
    local half = math.sqrt(0.5)
    local up = CFrame.new(Vector3.zero, Vector3.yAxis)
    local at, one = CFrame.new(1, 2, 3), Vector3.one
    return tostring(at), tostring(CFrame.new()), at == CFrame.new(Vector3.new(1, 2, 3)),
        CFrame.new(0, 0, 0, 0, half, 0, half):FuzzyEq(CFrame.Angles(0, math.pi / 2, 0)),
        CFrame.new(0, 0, 0, 0, 2, 0, 2):FuzzyEq(CFrame.Angles(0, math.pi / 2, 0)),
        tostring(CFrame.new(1, 2, 3, 1, 0, 0, 0, 0, -1, 0, 1, 0)), up.LookVector == Vector3.yAxis,
        math.abs(up.UpVector.X), CFrame.identity == CFrame.new(), CFrame.new(1, 2, 3).p.Y,
        CFrame.lookAt(Vector3.zero, Vector3.zAxis, Vector3.xAxis).UpVector == Vector3.xAxis,
        CFrame.fromAxisAngle(Vector3.new(0, 2, 0), 1):FuzzyEq(CFrame.Angles(0, 1, 0)),
        (CFrame.fromRotationBetweenVectors(Vector3.xAxis, -Vector3.xAxis) * Vector3.xAxis):FuzzyEq(-Vector3.xAxis),
        at + one == CFrame.new(2, 3, 4), at - one == CFrame.new(0, 1, 2),
        CFrame.new(1, 2, 3).Z, select("#", CFrame.new():ToWorldSpace(CFrame.new(), CFrame.new())),
        CFrame.new(4, 5, 6):components()
    """
    assert server.run(source) == [
        "1, 2, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1",
        "0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1",
        *[True] * 3,
        "1, 2, 3, 1, 0, 0, 0, 0, -1, 0, 1, 0",
        True,
        1,
        True,
        2,
        *[True] * 5,
        3,
        2,
        *[4, 5, 6, 1, 0, 0, 0, 1, 0, 0, 0, 1],
    ]


VALUES = [
    ("BrickColor.new('Bright red').Color == Color3.fromRGB(196, 40, 28)", True),
    ("BrickColor.new(21).Name", "Bright red"),
    ("BrickColor.new('no such colour').Number", 194),
    ("BrickColor.new(5000).Name", "Medium stone grey"),
    ("BrickColor.new(Color3.fromRGB(197, 41, 29)) == BrickColor.Red()", True),
    ("BrickColor.new(0, 0, 0).Name", "Really black"),
    ("tostring(BrickColor.White())", "White"),
    ("BrickColor.Black().r", pytest.approx(27 / 255)),
    ("typeof(BrickColor.random())", "BrickColor"),
    ("tostring(Rect.new(1, 2, 4, 8))", "1, 2, 4, 8"),
    ("Rect.new(Vector2.new(1, 2), Vector2.new(4, 8)) == Rect.new(1, 2, 4, 8)", True),
    ("Rect.new(1, 2, 4, 8).Width * 10 + Rect.new(1, 2, 4, 8).Height", 36),
    ("tostring(Ray.new(Vector3.zero, Vector3.new(0, 0, 2)).Unit)", "{0, 0, 0}, {0, 0, 1}"),
    ("Ray.new(Vector3.zero, Vector3.xAxis):Distance(Vector3.new(9, 3, 4))", 5),
    ("tostring(Ray.new(Vector3.one, Vector3.xAxis):ClosestPoint(Vector3.new(-5, 1, 3)))", "1, 1, 1"),
    ("tostring(Region3.new(Vector3.zero, Vector3.one * 2).CFrame.Position)", "1, 1, 1"),
    (
        "tostring(Region3.new(Vector3.one, Vector3.one * 6):ExpandToGrid(4).Size)",
        "8, 8, 8",
    ),
    ("tostring(NumberSequence.new(1, 3))", "0 1 0 1 3 0 "),
    ("NumberSequence.new(2) == NumberSequence.new(2, 2)", True),
    ("NumberSequence.new(2) == NumberSequence.new(2, 3)", False),
    ("NumberSequence.new(1, 3).Keypoints[2].Value", 3),
    ("NumberSequenceKeypoint.new(0, 1, 0.5).Envelope", 0.5),
    ("tostring(ColorSequence.new(Color3.new(1, 0, 0)))", "0 1 0 0 0 1 1 0 0 0 "),
    ("ColorSequence.new(Color3.new(), Color3.new(1)).Keypoints[2].Value.R", 1),
    ("tostring(PhysicalProperties.new(999, 9, 9, 999, -1))", "100, 2, 1, 100, 0"),
    ("PhysicalProperties.new(1, 0.5, 1).FrictionWeight", 1),
    ("PhysicalProperties.new(0, 1, 1).Density", pytest.approx(0.0001)),
    ("Font.fromEnum(Enum.Font.GothamBlack).Weight.Name", "Heavy"),
    ("Font.fromEnum(Enum.Font.SourceSansItalic).Style.Name", "Italic"),
    ("Font.fromName('Ubuntu').Family", "rbxasset://fonts/families/Ubuntu.json"),
    ("Font.fromId(12, Enum.FontWeight.SemiBold).Bold", True),
    ("tostring(Font.new('f'))", "Font { Family = f, Weight = Regular, Style = Normal }"),
    ("Font.fromId(12) == Font.new('rbxassetid://12')", True),
    (
        "DateTime.fromUniversalTime(2024, 2, 29, 25, 90, -10, 5):ToIsoDate()",
        "2024-03-01T02:29:50Z",
    ),
    ("DateTime.fromUniversalTime().UnixTimestampMillis", 0),
    ("DateTime.fromIsoDate('2020-01-02T10:30:45.5+01:00').UnixTimestampMillis", 1577957445500),
    ("DateTime.fromIsoDate('yesterday')", None),
    ("DateTime.fromIsoDate('2021-02-29')", None),
    ("DateTime.fromUnixTimestamp(-1):ToUniversalTime().Year", 1969),
    (
        "DateTime.fromLocalTime(1986, 9, 4, 20, 30, 25):FormatLocalTime('LLLL|l|LTS|DDDD dd h:mm a', 'en-us')",
        "Thursday, September 4, 1986 8:30 PM|9/4/1986|8:30:25 PM|247 Th 8:30 pm",
    ),
    ("tostring(Axes.new(Enum.Axis.X))", "X, Left, Right"),
    ("Axes.new(Enum.NormalId.Top).Y", True),
    ("tostring(Faces.new(Enum.NormalId.Top, Enum.NormalId.Left))", "Top, Left"),
    ("tostring(Vector3int16.new(1, 2.7, -3) * 2)", "2, 4, -6"),
    ("Vector2int16.new(40000).X", 40000 - 65536),
    ("Vector2int16.new(7, 9) / Vector2int16.new(2, 3) == Vector2int16.new(3, 3)", True),
    ("tostring(Region3int16.new(Vector3int16.new(), Vector3int16.new(1, 1, 1)))", "0, 0, 0; 1, 1, 1"),
]


@pytest.mark.fact(
    "datatype.brick_color",
    "datatype.rect",
    "datatype.ray",
    "datatype.region3",
    "datatype.sequence",
    "datatype.physical_properties",
    "datatype.font",
    "datatype.date_time",
    "datatype.sides",
    "datatype.int16",
)
@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_values(peer: Peer, expression: str, value: object) -> None:
    assert peer.run(f"return {expression}") == [value]


@with_methods
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Vector3.new(1).X = 2", "X cannot be assigned to"),
        ("return Vector3.one.W", "W is not a valid member of Vector3"),
        ("return Vector3.one + 1", "attempt to perform arithmetic (add) on Vector3 and number"),
        ("Vector3.one:Dot(5)", "Unable to cast number to Vector3"),
        ("Vector3.one.Dot(5, Vector3.one)", "Expected ':' not '.' calling member function Dot"),
    ],
)
def test_what_a_vector_refuses(peer: Peer, code: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        peer.run(code)
    assert caught.value.message.endswith(message)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Vector3.new({})", "Unable to cast table to double"),
        ("Vector3.FromNormalId('Up')", 'Invalid value "Up" for enum NormalId'),
        ("CFrame.new(1, 2, 3, 4)", "Invalid number of arguments: 4"),
        ("return CFrame.identity * 2", "Unable to cast number to Vector3"),
        ("CFrame.Angles(1, 2)", "Argument 3 missing or nil"),
        ("Font.fromEnum(Enum.Font.Unknown)", "Font.fromEnum does not take Enum.Font.Unknown"),
        ("Font.fromName('a b')", "Font name a b contains invalid characters"),
        ("NumberSequence.new({ NumberSequenceKeypoint.new(0, 1) })", "NumberSequence: requires at least 2 keypoints"),
        (
            "NumberSequence.new({ NumberSequenceKeypoint.new(0, 1), NumberSequenceKeypoint.new(0.5, 1) })",
            "NumberSequence must start at time=0.0 and end at time=1.0",
        ),
        (
            "local at = NumberSequenceKeypoint.new NumberSequence.new({ at(0, 1), at(0.6, 1), at(0.5, 1), at(1, 1) })",
            "NumberSequence: all keypoints must be ordered by time",
        ),
        (
            "NumberSequence.new(table.create(21, NumberSequenceKeypoint.new(0, 1)))",
            "NumberSequence: max. number of keypoints exceeded.",
        ),
        ("ColorSequence.new(1)", "Unable to cast number to Color3"),
        ("DateTime.fromUniversalTime(2023, 2, 29)", "Invalid date"),
        ("RaycastParams.new().FilterTyp = 1", "FilterTyp is not a valid member of RaycastParams"),
        ("RaycastParams.new().IgnoreWater = 1", "Unable to assign property IgnoreWater. boolean expected, got number"),
        ("OverlapParams.new().FilterType = 'Some'", 'Invalid value "Some" for enum RaycastFilterType'),
    ],
)
def test_refusals(peer: Peer, code: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        peer.run(code)
    assert caught.value.message.endswith(message)


@pytest.mark.fact("datatype.filters")
def test_what_a_query_leaves_out_can_be_changed(server: Peer) -> None:
    source = """
    local params = RaycastParams.new()
    local before = { params.FilterType.Name, params.CollisionGroup, #params.FilterDescendantsInstances }
    params.FilterDescendantsInstances = { workspace }
    params:AddToFilter(game)
    params:AddToFilter({ workspace, game })
    params.FilterType, params.IgnoreWater = Enum.RaycastFilterType.Include, true
    local other = OverlapParams.new()
    other.MaxParts = 5
    return before, #params.FilterDescendantsInstances, params.FilterType.Name, params.IgnoreWater, other.MaxParts,
        #OverlapParams.new().FilterDescendantsInstances, params == RaycastParams.new(), params == params
    """
    assert server.run(source) == [["Exclude", "Default", 0], 4, "Include", True, 5, 0, False, True]


MADE = """
local made = {
    Vector3.new(1, 2, 3), CFrame.new(1, 2, 3) * CFrame.Angles(1, 0, 0), BrickColor.new(21), Rect.new(1, 2, 3, 4),
    NumberSequence.new(1, 2), ColorSequence.new(Color3.new(1, 0, 0)), Font.fromEnum(Enum.Font.Code),
    Ray.new(Vector3.zero, Vector3.one), Region3.new(Vector3.zero, Vector3.one), PhysicalProperties.new(1, 1, 1),
    Axes.new(Enum.Axis.X), Faces.new(Enum.NormalId.Top), Vector3int16.new(1, 2, 3), Vector2int16.new(1, 2),
}
"""


@pytest.mark.fact("datatype.travel", "attribute.datatypes")
def test_values_reach_a_client_as_they_are(universe: Universe, server: Peer) -> None:
    server.run(
        MADE
        + """
        local holder = Instance.new("Folder")
        for index, name in { "Vector3Value", "CFrameValue", "BrickColorValue" } do
            local value = Instance.new(name, holder)
            value.Value, value.Name = made[index], name
        end
        local ray = Instance.new("RayValue", holder)
        ray.Value, ray.Name = made[8], "RayValue"
        for index = 1, 7 do
            holder:SetAttribute("a" .. index, made[index])
        end
        holder.Name, holder.Parent = "Holder", game.ReplicatedStorage
        local remote = Instance.new("RemoteFunction")
        remote.OnServerInvoke = function(_, values) return values end
        remote.Name, remote.Parent = "Echo", game.ReplicatedStorage
        """
    )
    client = universe.client("Ann")
    universe.advance(1)
    source = (
        MADE
        + """
        local holder = game.ReplicatedStorage.Holder
        local wrong = {}
        for index, value in game.ReplicatedStorage.Echo:InvokeServer(made) do
            local kind = typeof(made[index])
            if value ~= made[index] or typeof(value) ~= kind then table.insert(wrong, kind) end
        end
        for index = 1, 7 do
            if holder:GetAttribute("a" .. index) ~= made[index] then table.insert(wrong, "attribute " .. index) end
        end
        for index, name in { "Vector3Value", "CFrameValue", "BrickColorValue", [8] = "RayValue" } do
            if holder[name].Value ~= made[index] then table.insert(wrong, name) end
        end
        return wrong
        """
    )
    assert client.run(source, parent="ReplicatedStorage") == [[]]


FILE_VALUES = {
    "Vector3": ([1, 2, 3], "1, 2, 3"),
    "CFrame": (
        {"position": [1, 2, 3], "orientation": [[1, 0, 0], [0, 0, -1], [0, 1, 0]]},
        "1, 2, 3, 1, 0, 0, 0, 0, -1, 0, 1, 0",
    ),
    "BrickColor": (21, "Bright red"),
    "Rect": ([[1, 2], [3, 4]], "1, 2, 3, 4"),
    "Font": (
        {"family": "f", "weight": "Bold", "style": "Italic"},
        "Font { Family = f, Weight = Bold, Style = Italic }",
    ),
    "NumberSequence": (
        {"keypoints": [{"time": 0, "value": 1, "envelope": 2}, {"time": 1, "value": 3, "envelope": 0}]},
        "0 1 2 1 3 0 ",
    ),
    "ColorSequence": (
        {"keypoints": [{"time": 0, "color": [1, 0, 0]}, {"time": 1, "color": [0, 0, 1]}]},
        "0 1 0 0 0 1 0 0 1 0 ",
    ),
}


@pytest.mark.fact("datatype.travel")
@pytest.mark.parametrize("kind", FILE_VALUES)
def test_files_hold_them(server: Peer, kind: str) -> None:
    value, text = FILE_VALUES[kind]
    server.mount(ScriptTree("Holder", "Folder", attributes={"it": {kind: value}}), "Workspace")
    source = "local it = workspace.Holder:GetAttribute('it') return typeof(it), tostring(it)"
    assert server.run(source) == [kind, text]


@pytest.mark.fact("tween.values")
@pytest.mark.parametrize(
    ("make", "name", "goal", "middle"),
    [
        ("Vector3Value", "Value", "Vector3.new(2, 4, 6)", "1, 2, 3"),
        ("CFrameValue", "Value", "CFrame.new(2, 4, 6)", "1, 2, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1"),
        ("UICorner", "CornerRadius", "UDim.new(1, 28)", "0.5, 18"),
    ],
)
def test_tweens_move_them(server: Peer, make: str, name: str, goal: str, middle: str) -> None:
    source = f"""
    local moved = Instance.new("{make}")
    local info = TweenInfo.new(1, Enum.EasingStyle.Linear)
    game:GetService("TweenService"):Create(moved, info, {{ {name} = {goal} }}):Play()
    task.wait(0.5)
    local middle = tostring(moved.{name})
    task.wait(1)
    return middle, moved.{name} == {goal}
    """
    assert server.run(source) == [middle, True]
