"""What the double has by the engine's description only: properties are kept, events are there, methods are not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Universe, double

REFERENCE = (double.source("reference/classes") or b"").decode()
CLASSES = dict(re.findall(r'^\t(\w+) = "([^"]*)",$', REFERENCE, re.MULTILINE))


@pytest.fixture
def reporting() -> Iterator[Peer]:
    """A server on which methods that are not modelled answer."""
    with Universe(not_modelled="report") as made:
        yield made.server()


def listed(flag: str) -> list[str]:
    """Return the classes with that flag."""
    return [name for name, words in CLASSES.items() if flag in words.split()[0].partition("/")[2]]


@pytest.mark.fact("reflected.instances")
def test_each_class_that_scripts_can_make_can_be_made(server: Peer) -> None:
    creatable = listed("c")
    assert len(creatable) > 300
    source = """
        local made = {}
        for _, name in string.split(..., " ") do
            local self = Instance.new(name)
            assert(self.ClassName == name and self:IsA(name) and self:IsA("Instance"))
            self.Parent = workspace
            made[name] = self:Clone().ClassName
        end
        return made
    """
    assert server.run(source, " ".join(creatable)) == [{name: name for name in creatable}]


@pytest.mark.fact("reflected.instances")
def test_other_classes_cannot_be_made(server: Peer) -> None:
    others = sorted(CLASSES.keys() - set(listed("c")))
    source = """
        local refused = 0
        for _, name in string.split(..., " ") do
            local ok, problem = pcall(Instance.new, name)
            refused += if not ok and problem == `Unable to create an Instance of type "{name}"` then 1 else 0
        end
        return refused
    """
    assert server.run(source, " ".join(others)) == [len(others)]


@pytest.mark.fact("service.outline")
def test_each_service_is_there(server: Peer) -> None:
    services = listed("s")
    source = """
        local found = 0
        for _, name in string.split(..., " ") do
            local service = game:GetService(name)
            found += if service.ClassName == name and service.Parent == game then 1 else 0
        end
        return found
    """
    assert server.run(source, " ".join(services)) == [len(services)]


@pytest.mark.fact("reflected.properties")
@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("workspace.Gravity", 196.1999969482422),
        ("tostring(Instance.new('Part').Size)", "4, 1.2000000476837158, 2"),
        ("Instance.new('Part').CanCollide", True),
        ("Instance.new('Part').Material", "Enum.Material.Plastic"),
        ("Instance.new('Part').TopSurface", "Enum.SurfaceType.Studs"),
        ("Instance.new('WedgePart').TopSurface", "Enum.SurfaceType.Smooth"),
        ("Instance.new('Part').CollisionGroup", "Default"),
        ("Instance.new('Part').CustomPhysicalProperties", None),
        ("Instance.new('Weld').Part0", None),
        ("Instance.new('Camera').CFrame.Position.Y", 20),
        ("Instance.new('Camera').CFrame.LookVector.Y < -0.7", True),
        ("tostring(Instance.new('Beam').Color.Keypoints[2].Value)", "1, 1, 1"),
        ("Instance.new('Beam').Transparency.Keypoints[2].Value", 0.5),
        ("Instance.new('ParticleEmitter').Lifetime.Max", 10),
        ("Instance.new('BillboardGui').Size.X.Scale", 0),
        ("Instance.new('UICorner').TopLeftRadius.Offset", 8),
        ("Instance.new('WrapTextureTransfer').UVMinBound.X", float("inf")),
        ("Instance.new('AlignPosition').Color.Number", 194),
        ("Instance.new('ArcHandles').Axes.Y", True),
        ("Instance.new('Handles').Faces.Front", True),
        ("Instance.new('RayValue').Value.Direction.X", 0),
        ("Instance.new('Animation').AnimationContent.SourceType", "Enum.ContentSourceType.None"),
        ("Instance.new('Animation').AnimationId", ""),
        ("game:GetService('TextChatService'):FindFirstChildOfClass('ChatWindowConfiguration')", None),
        ("Instance.new('WireframeHandleAdornment').Color3.B", 0.6745098233222961),
    ],
)
def test_what_instances_begin_with(server: Peer, expression: str, value: object) -> None:
    source = f"local value = {expression} return if typeof(value) == 'EnumItem' then tostring(value) else value"
    (found,) = server.run(source)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.fact("reflected.properties")
def test_properties_are_kept_and_watched(server: Peer) -> None:
    assert server.run("""
        local part, heard = Instance.new("Part"), {}
        part.Changed:Connect(function(name) table.insert(heard, name) end)
        part:GetPropertyChangedSignal("Transparency"):Connect(function() table.insert(heard, "signal") end)
        part.Transparency = 0
        part.Transparency = 0.1
        part.Material = "Wood"
        part.Anchored = true
        local copy = part:Clone()
        copy.Anchored = false
        return table.concat(heard, " "), part.Transparency, copy.Material.Name, part.Anchored
    """) == ["signal Transparency Material Anchored", 0.10000000149011612, "Wood", True]


@pytest.mark.fact("reflected.properties")
@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("part.Size = 1", "Unable to assign property Size. Vector3 expected, got number"),
        ("part.Size = nil", "Unable to assign property Size. Vector3 expected, got nil"),
        ("part.Anchored = 1", "Unable to assign property Anchored. boolean expected, got number"),
        ("part.Material = 'Gold'", 'Invalid value "Gold" for enum Material'),
        ("Instance.new('Weld').Part0 = workspace", "Unable to assign property Part0. BasePart expected, got Instance"),
        ("Instance.new('Decal').Texture = {}", "Unable to assign property Texture. string expected, got table"),
        ("part.Mass = 1", "Unable to assign property Mass. Property is read only"),
        ("part.Touched = 1", "Unable to assign property Touched. Property is read only"),
        (
            "workspace.StreamingEnabled = true",
            "The current thread cannot write 'StreamingEnabled' (lacking capability Plugin)",
        ),
        ("return part.RobloxLocked", "The current thread cannot read 'RobloxLocked' (lacking capability Plugin)"),
        ("part.DataCost = 1", "The current thread cannot write 'DataCost' (lacking capability RobloxScript)"),
        ("part:GetDebugId()", "The current thread cannot call 'GetDebugId' (lacking capability Plugin)"),
        ("return part.NetworkIsSleeping", 'NetworkIsSleeping is not a valid member of Part "Part"'),
        ("return part.Velocty", 'Velocty is not a valid member of Part "Part"'),
        ("return part['a b']", 'a b is not a valid member of Part "Part"'),
        ("return part[1]", '1 is not a valid member of Part "Part"'),
        ("part:GetPropertyChangedSignal('Touched')", "Touched is not a valid property name."),
    ],
)
def test_what_scripts_may_not(server: Peer, source: str, problem: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(f"local part = Instance.new('Part') {source}")
    assert caught.value.message.endswith(problem)
    assert server.gaps == []


@pytest.mark.fact("reflected.forms")
def test_other_forms_of_a_property_follow_it(server: Peer) -> None:
    assert server.run("""
        local heard = {}
        local function watch(self, name)
            self:GetPropertyChangedSignal(name):Connect(function() table.insert(heard, name) end)
        end
        local label = Instance.new("Decal")
        watch(label, "ColorMap")
        label.ColorMapContent = Content.fromUri("rbxassetid://5")
        local first = label.ColorMap
        label.ColorMap = ""
        local body = Instance.new("BodyForce")
        body.force = Vector3.one
        local mesh = Instance.new("CharacterMesh")
        mesh.MeshId = 7
        local corner = Instance.new("UICorner")
        corner.CornerRadius = UDim.new(0, 3)
        return table.concat(heard, " "), first, label.ColorMapContent == Content.none, body.Force == Vector3.one,
            mesh.MeshContent.Uri, mesh.MeshId, corner.BottomRightRadius.Offset, corner.CornerRadius.Offset
    """) == ["ColorMap ColorMap", "rbxassetid://5", True, True, "rbxassetid://7", 7, 3, 3]


@pytest.mark.fact("reflected.unknown")
def test_what_nobody_knows_is_nothing_and_told_until_it_is_set(server: Peer) -> None:
    assert server.run("""
        local part = Instance.new("Part")
        local before = part.Elasticity
        part.Elasticity = 0
        local after = part.Elasticity
        part.Elasticity = 0.5
        return before, after, part.Elasticity, part.Mass, tostring(part.CenterOfMass), part.AssemblyRootPart
    """) == [0, 0, 0.5, 0, "0, 0, 0", None]
    names = ["BasePart.Elasticity", "BasePart.Mass", "BasePart.CenterOfMass", "BasePart.AssemblyRootPart"]
    assert [gap.what for gap in server.gaps] == names


@pytest.mark.fact("reflected.unknown")
def test_what_nobody_knows_of_one_nobody_knows_of_the_next(server: Peer) -> None:
    assert server.run("""
        local seen = 0
        for _ = 1, 3 do
            seen += Instance.new("Part").Mass
        end
        return seen
    """) == [0]
    assert [(gap.what, gap.count) for gap in server.gaps] == [("BasePart.Mass", 3)]


@pytest.mark.fact("reflected.events")
def test_events_are_there_and_never_fire(server: Peer) -> None:
    assert server.run("""
        local part, count = Instance.new("Part"), 0
        local connection = part.Touched:Connect(function() count += 1 end)
        task.wait(1)
        local was = connection.Connected
        connection:Disconnect()
        return tostring(part.Touched), was, connection.Connected, count
    """) == ["Signal Touched", True, False, 0]


@pytest.mark.fact("reflected.callbacks")
def test_callbacks_can_be_set(server: Peer) -> None:
    assert server.run("""
        local service = game:GetService("SocialService")
        service.OnCallInviteInvoked = function() return nil end
        return select(2, pcall(function() return service.OnCallInviteInvoked end))
    """) == [
        "OnCallInviteInvoked is a callback member of SocialService; "
        "you can only set the callback value, get is not available"
    ]


@pytest.mark.fact("reflected.methods")
def test_methods_are_not_modelled(server: Peer) -> None:
    source = "return select(2, pcall(function() return Instance.new('Part').GetMass end))"
    assert server.run(source) == ["not modelled: BasePart.GetMass"]
    assert [gap.what for gap in server.gaps] == ["BasePart.GetMass"]


@pytest.mark.fact("reflected.methods")
@pytest.mark.parametrize(
    ("call", "values"),
    [
        ("part:GetMass()", [0]),
        ("part:BreakJoints()", []),
        ("part:CanSetNetworkOwnership()", [False, None]),
        ("#part:GetJoints()", [0]),
        ("tostring(part:GetVelocityAtPosition(Vector3.one))", ["0, 0, 0"]),
        ("Instance.new('FloatCurve'):GetValueAtTime(1)", [None]),
        ("typeof(part:BindToCollisionSummaries())", ["RBXScriptConnection"]),
        ("part:GetStyled('Size')", [None]),
        ("typeof(part:GetStyledPropertyChangedSignal('Size'))", ["RBXScriptSignal"]),
        ("tostring(Instance.new('Humanoid'):GetLimb(part))", ["Enum.Limb.Head"]),
        ("game:GetService('PathfindingService'):CreatePath().ClassName", ["Path"]),
        ("workspace:GetRealPhysicsFPS()", [0]),
    ],
)
def test_in_report_mode_they_answer_by_their_types(reporting: Peer, call: str, values: list[object]) -> None:
    assert reporting.run(f"local part = Instance.new('Part') return {call}") == values
    assert len(reporting.gaps) == 1


@pytest.mark.fact("reflected.methods")
def test_in_report_mode_those_that_yield_take_a_frame(reporting: Peer) -> None:
    assert reporting.run("""
        local began = os.clock()
        local thread = task.spawn(function() game:GetService("GroupService"):GetGroupInfoAsync(1) end)
        return coroutine.status(thread), coroutine.status(task.spawn(function() workspace:GetRealPhysicsFPS() end))
    """) == ["suspended", "dead"]
    with pytest.raises(LuauError, match=r"Expected ':' not '\.' calling member function GetGroupInfoAsync"):
        reporting.run("game:GetService('GroupService').GetGroupInfoAsync(1)")


@pytest.mark.fact("reflected.replication")
def test_properties_replicate_as_the_engine_says(universe: Universe) -> None:
    server = universe.server()
    server.run("""
        local part = Instance.new("Part")
        part.Name, part.Anchored, part.LocalTransparencyModifier = "Pad", true, 0.5
        part.Parent = workspace
    """)
    client = universe.client("Ann")
    universe.advance(1)
    seen = """
        local pad = workspace.Pad
        return pad.Anchored, pad.Size.X, pad.LocalTransparencyModifier
    """
    assert client.run(seen, parent="ReplicatedStorage") == [True, 4, 0]
    server.run("workspace.Pad.Size = Vector3.one workspace.Pad.Anchored = false workspace.Gravity = 5")
    universe.advance(1)
    later = "return workspace.Pad.Anchored, workspace.Pad.Size.X, workspace.Gravity"
    assert client.run(later, parent="ReplicatedStorage") == [False, 1, 5]


@pytest.mark.fact("reflected.members_first")
def test_members_come_before_children(server: Peer) -> None:
    assert server.run("""
        local part = Instance.new("Part")
        local child = Instance.new("Folder", part)
        child.Name = "Anchored"
        local other = Instance.new("Folder", part)
        other.Name = "Lid"
        return part.Anchored, part.Lid == other, part:FindFirstChild("Anchored") == child
    """) == [False, True, True]


def test_values_of_files_are_read_by_their_types(server: Peer) -> None:
    properties = {
        "Size": [1, 2, 3],
        "Color": {"Color3uint8": [255, 0, 0]},
        "Material": "Wood",
        "CFrame": None,
        "Shape": 0,
    }
    del properties["CFrame"]
    server.mount(ScriptTree("Pad", "Part", properties=properties), "Workspace")
    pad = "local pad = workspace.Pad return tostring(pad.Size), pad.Color:ToHex(), pad.Material.Name, pad.Shape.Name"
    assert server.run(pad) == ["1, 2, 3", "ff0000", "Wood", "Ball"]
