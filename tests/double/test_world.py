"""The world of a game: where its parts are, a ray hits the first of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roblox_double import LuauError, Peer, ScriptTree, Universe

MAKE = """
    local function make(class, size, frame, parent)
        local part = Instance.new(class)
        part.Size, part.CFrame, part.Anchored = size, frame, true
        part.Parent = parent or workspace
        return part
    end
    local function told(hit)
        if not hit then return nil end
        local at, normal = hit.Position, hit.Normal
        local place, way = { at.X, at.Y, at.Z }, { normal.X, normal.Y, normal.Z }
        return hit.Instance.Name, place, way, hit.Distance, hit.Material.Name
    end
"""


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize("params", ["", ", nil", ", RaycastParams.new()"])
def test_a_ray_through_a_world_without_parts_hits_nothing(universe: Universe, params: str) -> None:
    source = (
        f"Instance.new('Folder', workspace) return workspace:Raycast(Vector3.zero, Vector3.one * 100{params}) == nil"
    )
    assert universe.server().run(source) == [True]
    assert universe.client().run(source, parent="ReplicatedStorage") == [True]


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize(
    ("parts", "ray", "hit"),
    [
        (
            "make('Part', Vector3.new(10, 2, 10), CFrame.new(0, 0, 0))",
            "Vector3.new(1, 50, 2), Vector3.new(0, -100, 0)",
            ["Part", [1, 1, 2], [0, 1, 0], 49, "Plastic"],
        ),
        (
            "make('Part', Vector3.one * 2, CFrame.new(5, 0, 0)) "
            "make('SpawnLocation', Vector3.one * 2, CFrame.new(3, 0, 0)).Material = 'Wood'",
            "Vector3.zero, Vector3.new(10, 0, 0)",
            ["SpawnLocation", [2, 0, 0], [-1, 0, 0], 2, "Wood"],
        ),
        (
            "make('Seat', Vector3.one * 2, CFrame.new(0, 0, -5))",
            "Vector3.zero, Vector3.new(0, 0, -4)",
            ["Seat", [0, 0, -4], [0, 0, 1], 4, "Plastic"],
        ),
        ("make('Seat', Vector3.one * 2, CFrame.new(0, 0, -5))", "Vector3.zero, Vector3.new(0, 0, -3.9)", [None]),
        ("make('Part', Vector3.one * 2, CFrame.new(0, 0, 0))", "Vector3.zero, Vector3.new(0, 0, -9)", [None]),
        ("make('Part', Vector3.one * 2, CFrame.new(0, 5, 0))", "Vector3.zero, Vector3.new(9, 0, 0)", [None]),
        ("make('Part', Vector3.one * 2, CFrame.new(0, 0, 0))", "Vector3.new(9, 0, 0), Vector3.zero", [None]),
        (
            "make('Part', Vector3.new(4, 6, 8), CFrame.new(10, 0, 0)).Shape = 'Ball'",
            "Vector3.zero, Vector3.new(20, 0, 0)",
            ["Part", [8, 0, 0], [-1, 0, 0], 8, "Plastic"],
        ),
        (
            "make('Part', Vector3.one * 4, CFrame.new(10, 0, 0)).Shape = 'Ball'",
            "Vector3.new(0, 1.9, 1.9), Vector3.new(20, 0, 0)",
            [None],
        ),
        (
            "make('Part', Vector3.one * 4, CFrame.new(10, 0, 0)).Shape = 'Ball'",
            "Vector3.new(10, 0, 1), Vector3.new(20, 0, 0)",
            [None],
        ),
        (
            "make('MeshPart', Vector3.one * 4, CFrame.new(10, 0, 0)) "
            "make('Part', Vector3.one * 2, CFrame.new(5, 0, 0))",
            "Vector3.zero, Vector3.new(20, 0, 0)",
            ["Part", [4, 0, 0], [-1, 0, 0], 4, "Plastic"],
        ),
    ],
)
def test_what_a_ray_hits_first(server: Peer, parts: str, ray: str, hit: list[object]) -> None:
    assert server.run(f"{MAKE} {parts} return told(workspace:Raycast({ray}))") == hit
    assert server.gaps == []


@pytest.mark.fact("world.raycast")
def test_the_deprecated_rays(server: Peer) -> None:
    assert server.run(f"""{MAKE}
        local near = make("Part", Vector3.one * 2, CFrame.new(2, 0, 0))
        local far = make("Seat", Vector3.one, CFrame.new(4, 0, 0))
        local ray = Ray.new(Vector3.zero, Vector3.new(9, 0, 0))
        local function told(hit, at, normal, material)
            return `{{hit}} {{at.X}} {{normal.X}} {{material.Name}}`
        end
        return told(workspace:FindPartOnRay(ray)), told(workspace:findPartOnRay(ray, near)),
            told(workspace:FindPartOnRayWithIgnoreList(ray, {{ near, far }})),
            told(workspace:FindPartOnRayWithWhitelist(ray, {{ far }}))
    """) == ["Part 1 -1 Plastic", "Seat 3.5 -1 Plastic", "nil 9 0 Air", "Seat 3.5 -1 Plastic"]


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize(
    ("setting", "hit"),
    [
        ("", "Near"),
        ("params.FilterDescendantsInstances = { near }", "Far"),
        ("params.FilterDescendantsInstances = { folder }", "Near"),
        ("params.FilterDescendantsInstances = { near, folder }", None),
        ("params.FilterType = 'Include' params.FilterDescendantsInstances = { folder }", "Far"),
        ("params.FilterType = 'Include'", None),
        ("near.CanCollide = false", "Near"),
        ("near.CanQuery = false", "Near"),
        ("near.CanCollide, near.CanQuery = false, false", "Far"),
        ("near.CanCollide = false params.RespectCanCollide = true", "Far"),
    ],
)
def test_what_a_ray_passes_through(server: Peer, setting: str, hit: str | None) -> None:
    source = f"""{MAKE}
        local near, folder = make("Part", Vector3.one, CFrame.new(2, 0, 0)), Instance.new("Folder", workspace)
        local far = make("Part", Vector3.one, CFrame.new(4, 0, 0), folder)
        near.Name, far.Name = "Near", "Far"
        local params = RaycastParams.new()
        {setting}
        local found = workspace:Raycast(Vector3.zero, Vector3.new(9, 0, 0), params)
        return found and found.Instance.Name
    """
    assert server.run(source) == [hit]


@pytest.mark.fact("world.raycast")
@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ("make('MeshPart', Vector3.one, CFrame.new(2, 0, 0))", "a MeshPart"),
        ("make('WedgePart', Vector3.one, CFrame.new(2, 0, 0))", "a WedgePart"),
        ("make('Part', Vector3.one, CFrame.new(2, 0, 0)).Shape = 'Cylinder'", "a Cylinder"),
    ],
)
def test_other_shapes_are_not_modelled(server: Peer, parts: str, what: str) -> None:
    with pytest.raises(LuauError, match=f"not modelled: WorldRoot.Raycast at {what}"):
        server.run(f"{MAKE} {parts} workspace:Raycast(Vector3.zero, Vector3.new(9, 0, 0))")


@pytest.mark.fact("world.raycast")
def test_terrain_is_not_modelled(server: Peer) -> None:
    ray = "return workspace:Raycast(Vector3.zero, Vector3.one) "
    assert server.run(ray) == [None]
    shapes = ("FillBall(Vector3.zero, 5, 'Grass')", "FillBlock(CFrame.new(), Vector3.one, 'Grass')")
    for shape in (*shapes, "FillCylinder()", "FillRegion()", "FillWedge()"):
        with pytest.raises(LuauError, match=r"not modelled: WorldRoot\.Raycast at Terrain"):
            server.run(f"workspace.Terrain:{shape} {ray}")
        assert server.run(f"workspace.Terrain:Clear() {ray}") == [None]


@pytest.mark.fact("world.terrain")
@pytest.mark.parametrize(("grid", "has_ground"), [(b"\1\5", False), (b"\1\5\0", True)])
def test_the_terrain_of_a_place_is_the_one_of_its_workspace(universe: Universe, grid: bytes, has_ground: bool) -> None:
    server = universe.server()
    given = {"SmoothGrid": grid, "WaterTransparency": 0.5}
    terrain = ScriptTree("Terrain", "Terrain", properties=given)
    server.mount_game(
        ScriptTree("Game", "DataModel", children=(ScriptTree("Workspace", "Workspace", children=(terrain,)),))
    )
    seen = "return #workspace:GetChildren(), workspace.Terrain == workspace:FindFirstChildOfClass('Terrain'), "
    assert server.run(seen + "workspace.Terrain.WaterTransparency, workspace.Terrain.Anchored") == [1, True, 0.5, True]
    gaps = "pcall(workspace.Raycast, workspace, Vector3.zero, Vector3.one)"
    server.run(gaps)
    assert [gap.what for gap in server.gaps] == ["WorldRoot.Raycast at Terrain"] * has_ground
    client = universe.client("Ann")
    universe.advance(1)
    assert client.run(seen + "workspace.Terrain.WaterTransparency", parent="ReplicatedStorage")[1:] == [True, 0.5]


@pytest.mark.fact("world.raycast")
def test_a_result_reads_well(server: Peer) -> None:
    assert server.run(f"""{MAKE}
        make("Part", Vector3.one * 2, CFrame.new(3, 0, 0))
        local hit = workspace:Raycast(Vector3.zero, Vector3.new(9, 0, 0))
        return typeof(hit), tostring(hit), select(2, pcall(function() return hit.Part end))
    """) == [
        "RaycastResult",
        "RaycastResult{Part @ 2, 0, 0; normal = -1, 0, 0; material = Enum.Material.Plastic}",
        "Part is not a valid member of RaycastResult",
    ]


angle = st.floats(-math.pi, math.pi).map(lambda value: round(value, 3))
length = st.floats(0.5, 8).map(lambda value: round(value, 3))


@pytest.fixture(scope="module")
def world() -> Iterator[Peer]:
    with Universe() as universe:
        yield universe.server()


@pytest.mark.fact("world.raycast")
@given(size=st.tuples(length, length, length), turn=st.tuples(angle, angle, angle), aim=st.tuples(angle, angle))
def test_a_turned_box_is_hit_where_it_is(
    world: Peer, size: tuple[float, ...], turn: tuple[float, ...], aim: tuple[float, ...]
) -> None:
    """A ray at the middle of a box, from outside: the place is on one of its faces, whose normal is told."""
    x, y = aim
    source = (20 * math.cos(x) * math.cos(y), 20 * math.sin(x), 20 * math.cos(x) * math.sin(y))
    seen = world.run(
        f"""{MAKE}
        workspace:ClearAllChildren()
        local part = make("Part", Vector3.new(...), CFrame.Angles(select(4, ...)))
        local from = Vector3.new(select(7, ...))
        local hit = workspace:Raycast(from, -from)
        local at, face = part.CFrame:PointToObjectSpace(hit.Position), part.CFrame:VectorToObjectSpace(hit.Normal)
        return at.X, at.Y, at.Z, face.X, face.Y, face.Z, hit.Distance - vector.magnitude(from - hit.Position)
        """,
        *size,
        *turn,
        *source,
    )
    *numbers, off = (float(str(value)) for value in seen)
    at, face = numbers[:3], numbers[3:]
    (along,) = (axis for axis, part in enumerate(face) if abs(part) > 0.5)
    assert abs(face[along]) == pytest.approx(1, abs=1e-3)
    assert at[along] == pytest.approx(math.copysign(size[along] / 2, face[along]), abs=1e-3)
    assert all(abs(part) <= whole / 2 + 1e-3 for part, whole in zip(at, size, strict=True))
    assert off == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Argument 1 missing or nil"),
        ("Vector3.zero", "Argument 2 missing or nil"),
        ("1, Vector3.one", "Unable to cast number to Vector3"),
        ("Vector3.zero, Vector2.one", "Unable to cast Vector2 to Vector3"),
        ("Vector3.zero, Vector3.one, OverlapParams.new()", "Unable to cast OverlapParams to RaycastParams"),
    ],
)
def test_what_is_no_ray_is_refused(universe: Universe, arguments: str, message: str) -> None:
    with pytest.raises(LuauError, match=message):
        universe.server().run(f"workspace:Raycast({arguments})")


# Which parts are where

NAMED = """
    local function names(parts)
        local list = {}
        for _, part in parts do table.insert(list, part.Name) end
        table.sort(list)
        return table.concat(list, " ")
    end
    local function place(name, size, frame)
        local part = make("Part", size, frame)
        part.Name = name
        return part
    end
    local near = place("Near", Vector3.one * 2, CFrame.new(2, 0, 0))
    local turned = place("Turned", Vector3.new(8, 1, 1), CFrame.new(0, 4, 0) * CFrame.Angles(0, 0, math.pi / 4))
    local far = place("Far", Vector3.one, CFrame.new(0, 0, 50))
"""


@pytest.mark.fact("world.overlap")
def test_parts_in_a_box(server: Peer) -> None:
    assert server.run(f"""{MAKE} {NAMED}
        local function inside(size, frame) return names(workspace:GetPartBoundsInBox(frame or CFrame.new(), size)) end
        local spun = CFrame.Angles(0, 0, math.pi / 4)
        return inside(Vector3.new(2, 2, 2)), inside(Vector3.new(2.1, 2, 2)), inside(Vector3.new(8, 8, 2)),
            inside(Vector3.new(1, 5, 1)), inside(Vector3.new(1, 8, 1)), inside(Vector3.new(1, 1, 99.1)),
            inside(Vector3.new(1.8, 1.8, 1), spun), inside(Vector3.new(0.9, 0.9, 1), spun)
    """) == ["", "Near", "Near Turned", "", "Turned", "Far", "Near", ""]


@pytest.mark.fact("world.overlap")
def test_parts_in_a_ball(server: Peer) -> None:
    assert server.run(f"""{MAKE} {NAMED}
        local function inside(radius) return names(workspace:GetPartBoundsInRadius(Vector3.zero, radius)) end
        return inside(0.9), inside(1.1), inside(3), inside(50)
    """) == ["", "Near", "Near Turned", "Far Near Turned"]


@pytest.mark.fact("world.overlap")
def test_parts_in_a_region(server: Peer) -> None:
    assert server.run(f"""{MAKE} {NAMED}
        local region = Region3.new(Vector3.one * -4, Vector3.one * 4)
        local small = Region3.new(Vector3.one * -0.1, Vector3.one * 0.1)
        local many = Instance.new("Model", workspace)
        for _ = 1, 21 do make("Part", Vector3.one, CFrame.new(0, 500, 0), many) end
        local high = Region3.new(Vector3.new(-1, 499, -1), Vector3.new(1, 501, 1))
        return names(workspace:FindPartsInRegion3(region)), names(workspace:findPartsInRegion3(region, near)),
            names(workspace:FindPartsInRegion3WithIgnoreList(region, {{ near, turned }})),
            names(workspace:FindPartsInRegion3WithWhiteList(region, {{ near, far }})),
            #workspace:FindPartsInRegion3(region, nil, 1), #workspace:FindPartsInRegion3(high),
            #workspace:FindPartsInRegion3(high, many), workspace:IsRegion3Empty(region),
            workspace:IsRegion3Empty(small), workspace:IsRegion3EmptyWithIgnoreList(region, {{ near, turned }})
    """) == ["Near Turned", "Turned", "", "Near", 1, 20, 0, False, True, True]


@pytest.mark.fact("world.overlap")
def test_parts_in_a_part(server: Peer) -> None:
    assert server.run(f"""{MAKE} {NAMED}
        local pad = place("Pad", Vector3.new(4, 1, 4), CFrame.new())
        local before = names(workspace:GetPartsInPart(pad))
        pad.Position = Vector3.new(-10, 0, 0)
        return before, names(workspace:GetPartsInPart(pad))
    """) == ["Near", ""]
    for source, what in (
        ("make('WedgePart', Vector3.one, CFrame.new()) workspace:GetPartsInPart(pad)", "a WedgePart"),
        ("pad.Shape = 'Ball' workspace:GetPartsInPart(pad)", "a Ball"),
    ):
        with pytest.raises(LuauError, match=f"not modelled: WorldRoot.GetPartsInPart with {what}"):
            server.run(f"{MAKE} local pad = make('Part', Vector3.one, CFrame.new()) {source}")


@pytest.mark.fact("world.overlap")
def test_which_parts_are_asked_about(server: Peer) -> None:
    assert server.run(f"""{MAKE} {NAMED}
        local params = OverlapParams.new()
        local function inside() return names(workspace:GetPartBoundsInRadius(Vector3.zero, 99, params)) end
        params.FilterDescendantsInstances = {{ near }}
        local others = inside()
        params.FilterType = Enum.RaycastFilterType.Include
        local alone = inside()
        params = OverlapParams.new()
        params.MaxParts = 2
        local two = inside()
        params.MaxParts = 0
        far.CanCollide = false
        params.RespectCanCollide = true
        return others, alone, two, inside()
    """) == ["Far Turned", "Near", "Near Turned", "Near Turned"]


@pytest.mark.fact("world.overlap")
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("GetPartBoundsInBox(CFrame.new(), Vector3.one, RaycastParams.new())", "cast RaycastParams to OverlapParams"),
        ("GetPartBoundsInRadius(Vector3.zero, 'far')", "Unable to cast string to double"),
        ("GetPartsInPart(workspace)", "Unable to cast value to Object"),
    ],
)
def test_what_is_no_place_is_refused(server: Peer, call: str, text: str) -> None:
    with pytest.raises(LuauError, match=text):
        server.run(f"workspace:{call}")


@pytest.mark.fact("world.time_of_day")
def test_the_time_of_day(server: Peer) -> None:
    source = """
    local Lighting, log = game:GetService("Lighting"), {}
    Lighting:GetPropertyChangedSignal("TimeOfDay"):Connect(function() table.insert(log, Lighting.TimeOfDay) end)
    local first = { Lighting.ClockTime, Lighting.TimeOfDay, Lighting:GetMinutesAfterMidnight() }
    Lighting.ClockTime = 5.5
    Lighting:SetMinutesAfterMidnight(61)
    Lighting.TimeOfDay = "18:15"
    local set = Lighting.ClockTime
    Lighting.ClockTime = 25
    Lighting.TimeOfDay = "6:0:36"
    return first, set, Lighting:getMinutesAfterMidnight() - 360.6 < 1e-4, log, pcall(function()
        Lighting.TimeOfDay = "noon"
    end)
    """
    assert server.run(source)[:5] == [
        [14, "14:00:00", 840],
        18.25,
        True,
        ["05:30:00", "01:01:00", "18:15:00", "01:00:00", "06:00:36"],
        False,
    ]


@pytest.mark.fact("part.attachment")
def test_an_attachment_goes_where_its_part_goes(server: Peer) -> None:
    source = """
    local part = Instance.new("Part")
    part.CFrame = CFrame.new(1, 2, 3) * CFrame.Angles(0, math.pi / 2, 0)
    local one, alone = Instance.new("Attachment", part), Instance.new("Attachment")
    local inner = Instance.new("Attachment", one)
    local function told(at) return `{math.round(at.X) + 0} {math.round(at.Y) + 0} {math.round(at.Z) + 0}` end
    one.Position, inner.Position, alone.Position = Vector3.new(0, 1, -5), Vector3.yAxis, Vector3.one
    local first = { told(one.WorldPosition), told(inner.WorldPosition), told(alone.WorldPosition) }
    one.Orientation = Vector3.new(0, 90, 0)
    table.insert(first, told(one.WorldOrientation))
    part.Position = Vector3.zero
    one.WorldPosition = Vector3.xAxis
    one.WorldOrientation = Vector3.new(0, 90, 0)
    return first, told(one.Position), told(one.Orientation), told(one.WorldCFrame.LookVector), told(one.CFrame)
    """
    assert server.run(source) == [["-4 3 3", "-4 4 3", "1 1 1", "0 180 0"], "0 0 1", "0 0 0", "-1 0 0", "0 0 1"]
