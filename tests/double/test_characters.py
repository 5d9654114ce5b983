"""The characters of players: they appear, are hurt, die and come back, and touch things when a test says so."""

from __future__ import annotations

from typing import Literal

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe

_TELL = """
local Players = game:GetService("Players")
local function watch(player)
    player.CharacterAdded:Connect(function(character)
        print("added", character, player.Character == character, character.Parent)
        character:WaitForChild("Humanoid").Died:Connect(function() print("died") end)
    end)
    player.CharacterAppearanceLoaded:Connect(function(character) print("appearance", character.Parent) end)
    player.CharacterRemoving:Connect(function(character)
        print("removing", player.Character == character, character.Parent)
    end)
    player.Changed:Connect(function(property) print("changed", property) end)
end
Players.PlayerAdded:Connect(watch)
if Players.LocalPlayer then watch(Players.LocalPlayer) end
"""


def texts(peer: Peer) -> list[str]:
    """Return what was printed since the last look."""
    lines = [line.text for line in peer.output]
    peer.output.clear()
    return lines


def run(peer: Peer, source: str) -> list[object]:
    return list(peer.run(source, parent="ReplicatedStorage"))


@pytest.fixture
def ann(universe: Universe) -> Peer:
    """A player with a character, on a server that tells what becomes of it."""
    universe.server().spawn(_TELL)
    client = universe.client("Ann")
    universe.advance(0.1)
    client.spawn(_TELL, parent="ReplicatedStorage")
    universe.advance(1)
    return client


_ANN = "local ann = game.Players.Ann local character = ann.Character local humanoid = character.Humanoid\n"


@pytest.mark.fact("character.events", "character.autoload")
def test_a_player_who_joins_gets_a_character(ann: Peer) -> None:
    added = ["added Ann true nil", "changed Character", "appearance nil"]
    assert texts(ann.server) == added
    assert texts(ann) == ["added Ann true Workspace", "changed Character"]
    source = (
        _ANN
        + """
    return character.ClassName, character.Parent == workspace, character.PrimaryPart.Name, character.Head.ClassName,
        humanoid.Health, humanoid.MaxHealth, humanoid.RootPart == character.HumanoidRootPart, humanoid.DisplayName,
        tostring(humanoid:GetState()), humanoid.RigType.Name, humanoid.Animator.ClassName, ann:HasAppearanceLoaded(),
        game.Players:GetPlayerFromCharacter(character) == ann, game.Players:GetPlayerFromCharacter(workspace)
    """
    )
    root: list[object] = ["Model", True, "HumanoidRootPart", "Part", 100, 100, True, "Ann"]
    root += ["Enum.HumanoidStateType.Running", "R15", "Animator", True, True, None]
    assert run(ann.server, source) == root
    assert run(ann, source) == root


@pytest.mark.fact("character.autoload")
def test_a_game_that_loads_characters_itself(universe: Universe) -> None:
    server = universe.server()
    server.run("game.Players.CharacterAutoLoads = false")
    universe.client("Ann")
    universe.advance(10)
    assert run(server, "return game.Players.Ann.Character, game.Players.Ann:HasAppearanceLoaded()") == [None, False]
    assert run(server, "game.Players.Ann:LoadCharacter() return game.Players.Ann.Character.Name") == ["Ann"]
    assert run(
        server, "game.Players.Ann.Character:BreakJoints() task.wait(20) return #workspace:GetChildren() - 1"
    ) == [1]


@pytest.mark.fact("character.load_seconds")
@pytest.mark.parametrize("seconds", [0.0, 0.2, 5.0])
def test_a_character_takes_a_while(seconds: float) -> None:
    with Universe(settings=Settings(character_load_seconds=seconds)) as universe:
        server = universe.server()
        client = universe.client("Ann")
        universe.advance(seconds + 0.05)
        assert run(server, "return game.Players.Ann.Character ~= nil") == [True]
        took = "local t = os.clock() game.Players.Ann:LoadCharacterAsync() return os.clock() - t"
        assert run(server, took)[0] == pytest.approx(seconds, abs=0.02)
        universe.leave(client)
        universe.advance(10)
        assert run(server, "return #workspace:GetChildren() - 1") == [0]


@pytest.mark.fact("character.load_seconds")
def test_who_leaves_before_gets_none(universe: Universe) -> None:
    server = universe.server()
    universe.leave(universe.client("Ann"))
    universe.advance(5)
    assert run(server, "return #workspace:GetChildren() - 1") == [0]
    assert not server.output


@pytest.mark.fact("character.events")
def test_a_new_character_takes_the_place_of_the_old_one(universe: Universe, ann: Peer) -> None:
    for peer in (ann, ann.server):
        texts(peer)
    source = (
        _ANN + "ann:LoadCharacter() return character.Parent, ann.Character ~= character, #workspace:GetChildren() - 1"
    )
    assert run(ann.server, source) == [None, True, 1]
    universe.advance(1)
    assert texts(ann.server) == ["removing true Workspace", "added Ann true nil", "changed Character", "appearance nil"]
    assert [text for text in texts(ann) if "changed" not in text] == [
        "removing true Workspace",
        "added Ann true Workspace",
    ]
    with pytest.raises(LuauError, match="LoadCharacter can only be called by the backend server"):
        run(ann, "game.Players.LocalPlayer:LoadCharacter()")


@pytest.mark.fact("character.events")
def test_a_player_who_leaves_takes_the_character_along(universe: Universe, ann: Peer) -> None:
    server = ann.server
    texts(server)
    universe.leave(ann)
    universe.advance(1)
    assert texts(server)[0] == "removing true Workspace"
    assert run(server, "return #workspace:GetChildren() - 1") == [0]


@pytest.mark.fact("humanoid.health", "character.respawn")
def test_who_dies_comes_back(universe: Universe, ann: Peer) -> None:
    for peer in (ann, ann.server):
        texts(peer)
    run(ann.server, _ANN + "humanoid:TakeDamage(30) assert(humanoid.Health == 70) humanoid:TakeDamage(70)")
    universe.advance(4.9)
    assert (texts(ann.server), texts(ann)) == (["died"], ["died"])
    universe.advance(0.5)
    assert texts(ann.server) == ["removing true Workspace", "added Ann true nil", "changed Character", "appearance nil"]
    assert run(ann.server, _ANN + "return humanoid.Health, #workspace:GetChildren() - 1") == [100, 1]
    # Her camera is there, too.
    assert run(ann, _ANN + "return humanoid.Health, #workspace:GetChildren() - 1") == [100, 2]


@pytest.mark.fact("character.respawn")
def test_the_time_to_come_back_can_be_set_and_a_game_may_be_faster(universe: Universe, ann: Peer) -> None:
    run(ann.server, _ANN + "game.Players.RespawnTime = 1 humanoid.Health = 0")
    universe.advance(1.5)
    assert run(ann.server, _ANN + "return humanoid.Health") == [100]
    texts(ann.server)
    run(ann.server, _ANN + "humanoid.Health = 0 ann:LoadCharacter()")
    universe.advance(5)
    assert texts(ann.server).count("added Ann true nil") == 1


@pytest.mark.fact("humanoid.health")
def test_health_stays_within_its_bounds(ann: Peer) -> None:
    source = (
        _ANN
        + """
    local told = {}
    humanoid.HealthChanged:Connect(function(health) table.insert(told, health) end)
    humanoid.Health = 500
    humanoid.Health = 60
    humanoid:TakeDamage(-10)
    humanoid.MaxHealth = 50
    local field = Instance.new("ForceField", character)
    humanoid:TakeDamage(20)
    field.Parent = character.HumanoidRootPart
    humanoid:TakeDamage(20)
    field:Destroy()
    humanoid:TakeDamage(20)
    return humanoid.Health, humanoid.maxHealth, table.concat(told, " ")
    """
    )
    assert run(ann.server, source) == [30, 50, "60 70 50 30"]


@pytest.mark.fact("humanoid.died")
def test_one_dies_once_and_only_in_the_workspace(server: Peer) -> None:
    source = """
    local deaths, states = 0, {}
    local function make(parent)
        local model = Instance.new("Model", parent)
        local humanoid = Instance.new("Humanoid", model)
        humanoid.Died:Connect(function() deaths += 1 end)
        humanoid.StateChanged:Connect(function(old, new) table.insert(states, `{old.Name} {new.Name}`) end)
        return humanoid, model
    end
    local first, model = make(workspace)
    first.Health = 0
    first.Health = 100
    first.Health = -5
    make(game.ReplicatedStorage).Health = 0
    make(workspace):ChangeState(Enum.HumanoidStateType.Dead)
    make(workspace):ChangeState("Dead")
    local _, other = make(workspace)
    other:BreakJoints()
    return deaths, first.Health, first:GetState().Name, table.concat(states, ","), Instance.new("Model"):BreakJoints()
    """
    assert server.run(source) == [4, 0, "Dead", ",".join(["Running Dead"] * 4)]
    with pytest.raises(LuauError, match=r"not modelled: Humanoid\.ChangeState to Jumping"):
        server.run("Instance.new('Humanoid'):ChangeState('Jumping')")


@pytest.mark.fact("character.spawn")
def test_characters_appear_above_a_spawn_location(universe: Universe) -> None:
    server = universe.server()
    server.run("""
        local pad = Instance.new("SpawnLocation", workspace)
        pad.Size, pad.Position = Vector3.new(6, 1, 6), Vector3.new(20, 10, -5)
        local far = Instance.new("SpawnLocation", workspace)
        far.Position, far.Name = Vector3.new(100, 0, 0), "Far"
    """)
    client = universe.client("Ann")
    universe.advance(1)
    source = (
        _ANN
        + "return tostring(character.HumanoidRootPart.Position), ann:DistanceFromCharacter(Vector3.new(20, 15, -5))"
    )
    assert run(server, source) == ["20, 13.5, -5", 0]
    assert run(client, source) == ["20, 13.5, -5", 0]
    source = _ANN + "ann.RespawnLocation = workspace.Far ann:LoadCharacter() return ann.Character:GetPivot().X"
    assert run(server, source) == [100]
    assert run(
        server, "game.Players.Ann.Character = nil return game.Players.Ann:DistanceFromCharacter(Vector3.zero)"
    ) == [0]


@pytest.mark.fact("character.scripts")
def test_scripts_of_starter_character_run_in_every_character(universe: Universe) -> None:
    server = universe.server()
    source = "print(script.ClassName, script.Parent.Name, script.Parent.Humanoid.Health)"
    for class_name in ("Script", "LocalScript"):
        server.mount(ScriptTree(class_name, class_name, source=source), "StarterPlayer.StarterCharacterScripts")
    ann, ben = universe.client("Ann"), universe.client("Ben")
    universe.advance(1)
    assert sorted(texts(server)) == ["Script Ann 100", "Script Ben 100"]
    assert (texts(ann), texts(ben)) == (["LocalScript Ann 100"], ["LocalScript Ben 100"])
    run(server, "game.Players.Ann:LoadCharacter()")
    universe.advance(1)
    assert (texts(server), texts(ann), texts(ben)) == (["Script Ann 100"], ["LocalScript Ann 100"], [])


# Places of parts and models


@pytest.mark.fact("part.place")
def test_the_forms_of_a_part_s_place_agree(server: Peer) -> None:
    source = """
    local part, told = Instance.new("Part"), {}
    for _, property in { "CFrame", "Position", "Orientation", "Rotation" } do
        part:GetPropertyChangedSignal(property):Connect(function() table.insert(told, property) end)
    end
    part.Position = Vector3.new(1, 2, 3)
    part.Orientation = Vector3.new(0, 90, 0)
    local look = part.CFrame.LookVector
    part.CFrame += Vector3.new(1, 0, 0)
    part.Rotation = Vector3.new(0, 0, 90)
    table.sort(told)
    return tostring(part.Position), math.round(look.X), math.round(part.Orientation.Z), math.round(part.Rotation.Z),
        #told, told[1], told[16], math.round(part.CFrame.UpVector.X)
    """
    assert server.run(source) == ["2, 2, 3", -1, 90, 90, 16, "CFrame", "Rotation", -1]


@pytest.mark.fact("part.place")
def test_a_model_moves_with_its_parts(server: Peer) -> None:
    source = """
    local model = Instance.new("Model")
    local a, b = Instance.new("Part", model), Instance.new("Part", model)
    a.Position, b.Position = Vector3.new(0, 0, 0), Vector3.new(5, 0, 0)
    model:PivotTo(CFrame.new(0, 1, 0))
    local first = { tostring(a.Position), tostring(b.Position), tostring(model:GetPivot().Position) }
    model.PrimaryPart = b
    model:MoveTo(Vector3.new(10, 0, 0))
    local second = { tostring(a.Position), tostring(b.Position), tostring(model:GetPrimaryPartCFrame().Position) }
    model:SetPrimaryPartCFrame(CFrame.new(0, 0, 0))
    model:TranslateBy(Vector3.new(0, 0, 2))
    b.PivotOffset = CFrame.new(0, 1, 0)
    b:PivotTo(CFrame.new(0, 0, 0))
    return first, second, tostring(a.Position), tostring(b.Position), tostring(model:GetPivot().Position)
    """
    assert server.run(source) == [
        ["-2.5, 1, 0", "2.5, 1, 0", "0, 1, 0"],
        ["5, 0, 0", "10, 0, 0", "10, 0, 0"],
        "-5, 0, 2",
        "0, -1, 0",
        "0, 0, 0",
    ]
    for call in ("GetPrimaryPartCFrame()", "SetPrimaryPartCFrame(CFrame.new())"):
        with pytest.raises(LuauError, match="no PrimaryPart has been set"):
            server.run(f"Instance.new('Model'):{call}")
    for call, kind in (("PivotTo(1)", "CFrame"), ("MoveTo(1)", "Vector3"), ("TranslateBy(1)", "Vector3")):
        with pytest.raises(LuauError, match=f"Unable to cast number to {kind}"):
            server.run(f"Instance.new('Model'):{call}")


@pytest.mark.fact("model.bounds")
def test_a_model_that_nobody_gave_a_pivot_turns_around_its_middle(server: Peer) -> None:
    source = """
    local model = Instance.new("Model")
    local part = Instance.new("Part", model)
    part.CFrame = CFrame.new(10, 0, 0) * CFrame.Angles(0, 1, 0)
    local first = { model:GetPivot(), model.WorldPivot, model:Clone():GetPivot() }
    model:PivotTo(CFrame.new(0, 5, 0))
    part.Position = Vector3.one
    model.Parent = game:GetService("ReplicatedStorage")
    local set = Instance.new("Model")
    set.WorldPivot = CFrame.new(0, 0, 9)
    local places = {}
    for _, pivot in { first[1], first[2], first[3], model.WorldPivot, model:Clone():GetPivot(), set:GetPivot() } do
        table.insert(places, `{pivot.X} {pivot.Y} {pivot.Z} {pivot.Rotation == CFrame.identity}`)
    end
    return places
    """
    assert server.run(source) == [["10 0 0 true"] * 3 + ["0 5 0 true"] * 2 + ["0 0 9 true"]]


# What players do


_PAD = """
local pad = Instance.new("Part")
pad.Name = "Pad"
pad.Parent = workspace
"""


@pytest.fixture
def pad(universe: Universe, ann: Peer) -> Peer:
    """The server of a game with a pad."""
    server = ann.server
    run(server, _PAD)
    universe.advance(0.5)
    return server


_TOUCHES = """
workspace.Pad.Touched:Connect(function(part) print("on", part:GetFullName()) end)
workspace.Pad.TouchEnded:Connect(function(part) print("off", part.Name) end)
local character = game.Players.Ann.Character
character.Head.Touched:Connect(function(part) print("head", part.Name) end)
character.Humanoid.Touched:Connect(function(part, limb) print("humanoid", part.Name, limb.Name) end)
"""


@pytest.mark.fact("world.touch")
def test_a_character_touches_a_part(universe: Universe, ann: Peer, pad: Peer) -> None:
    for peer in (ann, pad):
        texts(peer)
        peer.spawn(_TOUCHES, parent="ReplicatedStorage")
    pad.touch("Workspace.Pad", ann)
    pad.untouch("Workspace.Pad", ann)
    assert texts(pad) == ["on Workspace.Ann.HumanoidRootPart", "humanoid Pad HumanoidRootPart", "off HumanoidRootPart"]
    pad.touch("Workspace.Pad", ann, limb="Head")
    assert texts(pad) == ["on Workspace.Ann.Head", "head Pad", "humanoid Pad Head"]
    universe.advance(1)
    assert texts(ann) == [
        "on Workspace.Ann.HumanoidRootPart",
        "off HumanoidRootPart",
        "on Workspace.Ann.Head",
        "head Pad",
    ]


@pytest.mark.fact("world.touch")
def test_two_parts_touch(pad: Peer) -> None:
    run(pad, _PAD.replace('"Pad"', '"Ball"') + "workspace.Ball.Touched:Connect(function(part) print(part.Name) end)")
    pad.touch("Workspace.Pad", "Workspace.Ball")
    assert texts(pad)[-1] == "Pad"


@pytest.mark.fact("world.touch")
@pytest.mark.parametrize(
    ("before", "path", "limb", "text"),
    [
        ("", "Workspace.Nothing", "Head", "there is no Workspace.Nothing"),
        ("Instance.new('Folder', workspace)", "Workspace.Folder", "Head", "Workspace.Folder is no part"),
        ("workspace.Pad.Parent = game.Lighting", "Lighting.Pad", "Head", "Lighting.Pad is not in the Workspace, where"),
        ("workspace.Pad.CanTouch = false", "Workspace.Pad", "Head", "Workspace.Pad cannot be touched: its CanTouch is"),
        ("", "Workspace.Pad", "LeftFoot", "the character of Ann has no LeftFoot"),
        ("game.Players.Ann.Character:Destroy()", "Workspace.Pad", "Head", "Ann has no character now; let time pass"),
    ],
)
def test_what_cannot_touch(ann: Peer, pad: Peer, before: str, path: str, limb: str, text: str) -> None:
    run(pad, before)
    with pytest.raises(LuauError, match=text):
        pad.touch(path, ann, limb=limb)


_PROMPT = (
    _PAD
    + """
local prompt = Instance.new("ProximityPrompt", pad)
prompt.HoldDuration = %s
"""
)
_PROMPTED = """
for _, event in { "PromptButtonHoldBegan", "Triggered", "PromptButtonHoldEnded", "TriggerEnded" } do
    workspace.Pad.ProximityPrompt[event]:Connect(function(player) print(event, player.Name) end)
end
game:GetService("ProximityPromptService").PromptTriggered:Connect(function(prompt, player)
    print("service", prompt.Name, player.Name)
end)
"""


@pytest.mark.fact("world.prompt")
@pytest.mark.parametrize("hold", [0, 2])
def test_a_player_uses_a_prompt(universe: Universe, hold: float) -> None:
    server = universe.server()
    run(server, _PROMPT % hold)
    ann, ben = universe.client("Ann"), universe.client("Ben")
    universe.advance(1)
    for peer in (server, ann, ben):
        peer.spawn(_PROMPTED, parent="ReplicatedStorage")
    server.trigger("Workspace.Pad.ProximityPrompt", ann)
    began, ended = ["PromptButtonHoldBegan Ann"] * bool(hold), ["PromptButtonHoldEnded Ann"] * bool(hold)
    if hold:
        assert texts(server) == began
        universe.advance(1.9)
        began = []
        assert texts(server) == []
        universe.advance(0.2)
    assert texts(server) == ["Triggered Ann", "service ProximityPrompt Ann", *ended, "TriggerEnded Ann"]
    universe.advance(1)
    assert [line for line in texts(ann) if "Hold" not in line] == ["Triggered Ann", "TriggerEnded Ann"]
    assert texts(ben) == []
    run(server, "workspace.Pad.ProximityPrompt.Enabled = false")
    with pytest.raises(LuauError, match="ProximityPrompt cannot be used: its Enabled is false"):
        server.trigger("Workspace.Pad.ProximityPrompt", ann)
    with pytest.raises(LuauError, match=r"Workspace\.Pad is no ProximityPrompt"):
        server.trigger("Workspace.Pad", ann)


@pytest.mark.fact("world.click")
def test_a_player_clicks(universe: Universe) -> None:
    server = universe.server()
    run(server, _PAD + "Instance.new('ClickDetector', pad)")
    ann, ben = universe.client("Ann"), universe.client("Ben")
    universe.advance(1)
    clicks = """
    for _, event in { "MouseClick", "RightMouseClick" } do
        workspace.Pad.ClickDetector[event]:Connect(function(player) print(event, player.Name) end)
    end
    """
    for peer in (server, ann, ben):
        peer.spawn(clicks, parent="ReplicatedStorage")
    server.click("Workspace.Pad.ClickDetector", ann)
    server.click("Workspace.Pad.ClickDetector", ben, right=True)
    universe.advance(1)
    assert texts(server) == ["MouseClick Ann", "RightMouseClick Ben"]
    assert (texts(ann), texts(ben)) == (["MouseClick Ann"], ["RightMouseClick Ben"])
    run(server, "workspace.Pad.ClickDetector.MaxActivationDistance = 0")
    with pytest.raises(LuauError, match="ClickDetector cannot be clicked: its MaxActivationDistance is 0"):
        server.click("Workspace.Pad.ClickDetector", ann)


@pytest.mark.fact("character.events")
@pytest.mark.parametrize("mode", ["immediate", "deferred"])
def test_characters_in_either_signal_mode(mode: Literal["immediate", "deferred"]) -> None:
    with Universe(settings=Settings(signal_behavior=mode)) as universe:
        server = universe.server()
        server.spawn(_TELL)
        universe.client("Ann")
        universe.advance(1)
        assert texts(server)[0].startswith("added Ann true")
        run(server, "game.Players.Ann.Character.Humanoid.Health = 0")
        universe.advance(6)
        assert "died" in texts(server)
