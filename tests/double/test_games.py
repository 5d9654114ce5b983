"""What games ask of a world in which nothing is drawn and nothing moves: groups, tools, mice, menus."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe

_HEAD = """
local Players = game:GetService("Players")
local physics = game:GetService("PhysicsService")
local run = game:GetService("RunService")
local gui = game:GetService("StarterGui")
"""


@pytest.fixture
def ann(universe: Universe) -> Peer:
    universe.server()
    client = universe.client("Ann", user_id=7)
    universe.advance(1)
    return client


def do(peer: Peer, source: str) -> list[Any]:
    return peer.run(_HEAD + source, parent="ReplicatedStorage")


def texts(peer: Peer) -> list[str]:
    """Return what was printed since the last look."""
    lines = [line.text for line in peer.output]
    peer.output.clear()
    return lines


# Physics without physics


@pytest.mark.fact("world.collision_groups")
def test_groups_collide_until_they_are_told_not_to(server: Peer) -> None:
    assert do(
        server,
        """
        physics:RegisterCollisionGroup("Cars")
        local before = physics:CollisionGroupsAreCollidable("Cars", "Default")
        physics:CollisionGroupSetCollidable("Default", "Cars", false)
        physics:CollisionGroupSetCollidable("Cars", "Cars", false)
        local apart = physics:CollisionGroupsAreCollidable("Cars", "Default")
        physics:CollisionGroupSetCollidable("Cars", "Default", true)
        local again = physics:CollisionGroupsAreCollidable("Default", "Cars")
        return before, apart, again, physics:CollisionGroupsAreCollidable("Cars", "Cars"),
            physics:CollisionGroupsAreCollidable("Cars", "Nobody"), physics:IsCollisionGroupRegistered("Cars"),
            physics:IsCollisionGroupRegistered("Nobody"), physics:GetRegisteredCollisionGroups()
        """,
    ) == [True, False, True, False, True, True, False, [{"name": "Default", "mask": 3}, {"name": "Cars", "mask": 1}]]


@pytest.mark.fact("world.collision_groups")
def test_groups_are_renamed_and_removed(server: Peer) -> None:
    assert do(
        server,
        """
        physics:RegisterCollisionGroup("Cars")
        physics:RegisterCollisionGroup("Walls")
        physics:CollisionGroupSetCollidable("Cars", "Walls", false)
        physics:RenameCollisionGroup("Walls", "Fences")
        physics:RenameCollisionGroup("Nobody", "Anybody")
        local apart = physics:CollisionGroupsAreCollidable("Cars", "Fences")
        physics:UnregisterCollisionGroup("Fences")
        physics:UnregisterCollisionGroup("Nobody")
        physics:RegisterCollisionGroup("Fences")
        return apart, physics:CollisionGroupsAreCollidable("Cars", "Fences"), #physics:GetRegisteredCollisionGroups()
        """,
    ) == [False, True, 3]


@pytest.mark.fact("world.collision_groups")
def test_the_older_way_to_groups(server: Peer) -> None:
    assert do(
        server,
        """
        local first, second = physics:CreateCollisionGroup("Cars"), physics:CreateCollisionGroup("Walls")
        local part = Instance.new("Part")
        physics:SetPartCollisionGroup(part, "Cars")
        local was = part.CollisionGroup
        physics:RemoveCollisionGroup("Walls")
        return first, second, was, physics:CollisionGroupContainsPart("Cars", part),
            physics:CollisionGroupContainsPart("Default", part), physics:IsCollisionGroupRegistered("Walls")
        """,
    ) == [1, 2, "Cars", True, False, False]


@pytest.mark.fact("world.collision_groups")
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("RegisterCollisionGroup('Default')", "already exists"),
        ("RegisterCollisionGroup('')", "cannot be empty"),
        ("RenameCollisionGroup('Default', '')", "cannot be empty"),
        ("UnregisterCollisionGroup('Default')", "Cannot modify the Default collision group"),
        ("CollisionGroupSetCollidable('Default', 'Nobody', false)", "Both collision groups must be valid"),
        ("SetPartCollisionGroup(Instance.new('Part'), 'Nobody')", "Invalid collision group"),
        ("CollisionGroupContainsPart('Nobody', Instance.new('Part'))", "Invalid collision group"),
    ],
)
def test_what_is_wrong_with_a_group_is_refused(server: Peer, call: str, text: str) -> None:
    with pytest.raises(LuauError, match=text):
        do(server, f"physics:{call}")


@pytest.mark.fact("world.collision_groups")
def test_there_are_32_groups(server: Peer) -> None:
    fill = "for index = 2, physics:GetMaxCollisionGroups() do physics:RegisterCollisionGroup('G' .. index) end"
    assert do(server, fill + " return #physics:GetRegisteredCollisionGroups()") == [32]
    with pytest.raises(LuauError, match="Cannot create more than 32"):
        do(server, "physics:RegisterCollisionGroup('G33')")


@pytest.mark.fact("world.collision_groups")
@pytest.mark.parametrize(
    "call",
    [
        "RegisterCollisionGroup('A')",
        "CreateCollisionGroup('A')",
        "UnregisterCollisionGroup('A')",
        "RemoveCollisionGroup('A')",
        "RenameCollisionGroup('A', 'B')",
        "CollisionGroupSetCollidable('Default', 'Default', false)",
    ],
)
def test_groups_are_up_to_the_server(ann: Peer, call: str) -> None:
    with pytest.raises(LuauError, match=rf"{call.partition('(')[0]} can only be called from the server"):
        do(ann, f"physics:{call}")


@pytest.mark.fact("world.network_owner")
def test_who_owns_a_part(ann: Peer) -> None:
    assert do(
        ann.server,
        """
        local part = Instance.new("Part", workspace)
        local before, auto = part:GetNetworkOwner(), part:GetNetworkOwnershipAuto()
        part:SetNetworkOwner(Players.Ann)
        local given, now = part:GetNetworkOwner().Name, part:GetNetworkOwnershipAuto()
        part:SetNetworkOwner(nil)
        local servers = not part:GetNetworkOwnershipAuto()
        part:SetNetworkOwnershipAuto()
        return before, auto, given, now, servers, part:GetNetworkOwner(), part:GetNetworkOwnershipAuto()
        """,
    ) == [None, True, "Ann", False, True, None, True]


@pytest.mark.fact("world.network_owner")
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Instance.new('Part'):SetNetworkOwner(nil)", "a part that is descendent of Workspace"),
        ("local p = Instance.new('Part', workspace) p.Anchored = true p:GetNetworkOwner()", "called on Anchored parts"),
        ("Instance.new('Part', workspace):SetNetworkOwner(workspace)", "Unable to cast value to Object"),
    ],
)
def test_what_nobody_can_own(server: Peer, source: str, text: str) -> None:
    with pytest.raises(LuauError, match=text):
        do(server, source)


@pytest.mark.fact("world.network_owner")
def test_a_client_gives_no_part_away(ann: Peer) -> None:
    with pytest.raises(LuauError, match="can only be called from the Server"):
        do(ann, "Instance.new('Part', workspace):SetNetworkOwnershipAuto()")


# Frames


@pytest.mark.fact("run_service.render_step")
def test_what_is_bound_runs_in_each_frame_by_its_priority(ann: Peer) -> None:
    do(
        ann,
        """
        local function say(name)
            return function(seconds) print(name, math.round(1 / seconds)) end
        end
        run:BindToRenderStep("Late", 300, say("late"))
        run:BindToRenderStep("Early", 100, say("early"))
        run:BindToRenderStep("Late", 200, say("between"))
        run.RenderStepped:Once(function() print("stepped") end)
        """,
    )
    ann._universe.advance(1 / 60)  # pyright: ignore[reportPrivateUsage]
    assert texts(ann)[:4] == ["early 60", "between 60", "late 60", "stepped"]
    do(ann, "run:UnbindFromRenderStep('Late') run:UnbindFromRenderStep('Nobody')")
    texts(ann)
    do(ann, "task.wait(0.05)")
    assert set(texts(ann)) == {"early 60"}
    do(ann, "run:UnbindFromRenderStep('Early') task.wait(1)")
    assert len(texts(ann)) <= 1


@pytest.mark.fact("run_service.render_step")
def test_who_unbinds_another_in_a_frame_ends_it_at_once(ann: Peer) -> None:
    do(
        ann,
        """
        run:BindToRenderStep("Other", 2, function() print("other") end)
        run:BindToRenderStep("First", 1, function()
            run:UnbindFromRenderStep("Other")
            run:UnbindFromRenderStep("First")
        end)
        task.wait(0.1)
        """,
    )
    assert texts(ann) == []


@pytest.mark.fact("run_service.render_step")
@pytest.mark.parametrize("call", ["BindToRenderStep('A', 1, print)", "UnbindFromRenderStep('A')"])
def test_a_server_renders_nothing(server: Peer, call: str) -> None:
    with pytest.raises(LuauError, match="can only be called from local scripts"):
        do(server, f"run:{call}")


# Roblox's own interface


@pytest.mark.fact("gui.core")
def test_parts_of_the_interface_are_hidden(ann: Peer) -> None:
    assert do(
        ann,
        """
        local function shown()
            return gui:GetCoreGuiEnabled(Enum.CoreGuiType.Chat), gui:GetCoreGuiEnabled("Health"),
                gui:GetCoreGuiEnabled("All")
        end
        local seen = { { shown() } }
        gui:SetCoreGuiEnabled(Enum.CoreGuiType.Chat, false)
        table.insert(seen, { shown() })
        gui:SetCoreGuiEnabled("All", false)
        table.insert(seen, { shown() })
        gui:SetCoreGuiEnabled("All", true)
        table.insert(seen, { shown() })
        return seen
        """,
    ) == [[[True, True, True], [False, True, False], [False, False, False], [True, True, True]]]


@pytest.mark.fact("gui.core")
def test_core_takes_what_is_registered(ann: Peer) -> None:
    assert do(
        ann,
        """
        gui:SetCore("SendNotification", { Title = "Hello", Text = "World" })
        local before = gui:GetCore("ChatActive")
        gui:SetCore("ChatActive", false)
        return before, gui:GetCore("ChatActive"), gui:GetCore("PointsNotificationsActive")
        """,
    ) == [True, False, True]
    for call in ("SetCore('Nonsense', 1)", "GetCore('SendNotification')"):
        with pytest.raises(LuauError, match=r"etCore: \w+ has not been registered by the CoreScripts"):
            do(ann, f"gui:{call}")


@pytest.mark.fact("gui.core")
@pytest.mark.parametrize(
    "call",
    [
        "SetCore('ChatActive', true)",
        "GetCore('ChatActive')",
        "SetCoreGuiEnabled('All', true)",
        "GetCoreGuiEnabled('All')",
    ],
)
def test_a_server_has_no_interface(server: Peer, call: str) -> None:
    with pytest.raises(LuauError, match=rf"{call.partition('(')[0]} must be called from a local script"):
        do(server, f"gui:{call}")


@pytest.mark.fact("gui.loading_screen", "particles")
def test_what_is_only_seen_leaves_no_trace(ann: Peer) -> None:
    do(ann, "game:GetService('ReplicatedFirst'):RemoveDefaultLoadingScreen()")
    do(
        ann,
        "Instance.new('ParticleEmitter'):Emit(5) Instance.new('ParticleEmitter'):Clear() Instance.new('Trail'):Clear()",
    )
    assert not ann.gaps


# Players


@pytest.mark.fact("player.private")
def test_a_screen_is_seen_by_its_player_and_the_server(universe: Universe, ann: Peer) -> None:
    ben = universe.client("Ben")
    do(
        ann.server,
        """
        local screen = Instance.new("ScreenGui")
        screen.Name = "Score"
        Instance.new("TextLabel", screen).Text = "1"
        screen.Parent = Players.Ann.PlayerGui
        """,
    )
    universe.advance(1)
    do(ann.server, "Players.Ann.PlayerGui.Score.TextLabel.Text = '2'")
    universe.advance(1)
    seen = "local gui = Players.Ann:FindFirstChild('PlayerGui') return gui and gui.Score.TextLabel.Text"
    assert [do(peer, seen) for peer in (ann.server, ann, ben)] == [["2"], ["2"], [None]]
    assert do(ben, "return #Players.Ben.PlayerGui:GetChildren()") == [0]
    # Who joins later sees no more of it.
    cat = universe.client("Cat")
    universe.advance(1)
    assert do(cat, seen) == [None]
    do(ann.server, "Players.Ann.PlayerGui.Score.Parent = Players.Ben.PlayerGui")
    universe.advance(1)
    moved = "local gui = Players.LocalPlayer.PlayerGui:FindFirstChild('Score') return gui and gui.TextLabel.Text"
    assert [do(peer, moved) for peer in (ann, ben, cat)] == [[None], ["2"], [None]]
    do(ann.server, "Players.Ben.PlayerGui.Score.Parent = game.ReplicatedStorage")
    universe.advance(1)
    everywhere = "return game.ReplicatedStorage:FindFirstChild('Score') ~= nil"
    assert [do(peer, everywhere) for peer in (ann, ben, cat)] == [[True]] * 3
    assert do(ben, moved) == [None]


@pytest.mark.fact("player.backpack")
def test_each_character_begins_with_its_tools(universe: Universe) -> None:
    server = universe.server()
    says = ScriptTree("Says", "Script", "print('server', script.Parent.Parent.Name)")
    asks = ScriptTree("Asks", "LocalScript", "print('client', script.Parent.Parent.Name)")
    server.mount(ScriptTree("Sword", "Tool", children=(says, asks)), "StarterPack")
    ann = universe.client("Ann")
    universe.advance(1)
    assert (texts(server), texts(ann)) == (["server Backpack"], ["client Backpack"])
    held = (
        "local all = {} for _, tool in Players.Ann.Backpack:GetChildren() do all[#all + 1] = tool.Name end return all"
    )
    do(server, "Instance.new('Tool', Players.Ann.StarterGear).Name = 'Gear' Instance.new('Tool', Players.Ann.Backpack)")
    assert do(server, held) == [["Sword", "Tool"]]
    do(server, "Players.Ann:LoadCharacter()")
    universe.advance(1)
    assert do(server, held) == do(ann, held) == [["Sword", "Gear"]]
    # Who has thrown it away does without.
    do(server, "Players.Ann.Backpack:Destroy() Players.Ann:LoadCharacter()")
    assert do(server, "return Players.Ann.Character ~= nil") == [True]


@pytest.mark.fact("humanoid.tools")
def test_a_tool_goes_into_the_hand_and_back(universe: Universe, ann: Peer) -> None:
    do(
        ann.server,
        """
        for _, name in { "Sword", "Bow" } do
            local tool = Instance.new("Tool")
            tool.Name = name
            for _, event in { "Equipped", "Unequipped", "Activated", "Deactivated" } do
                tool[event]:Connect(function() print(name, event, tool.Parent.Name) end)
            end
            tool.Parent = Players.Ann.Backpack
        end
        """,
    )
    universe.advance(1)
    do(
        ann,
        """
        local sword = Players.LocalPlayer.Backpack.Sword
        sword.Equipped:Connect(function(mouse) print("mine", mouse == Players.LocalPlayer:GetMouse()) end)
        sword.Activated:Connect(function() print("used") end)
        """,
    )
    tools = "local humanoid, pack = Players.Ann.Character.Humanoid, Players.Ann.Backpack "
    do(ann.server, tools + "humanoid:EquipTool(pack.Sword) Players.Ann.Character.Sword:Activate()")
    universe.advance(1)
    assert texts(ann.server) == ["Sword Equipped Ann", "Sword Activated Ann"]
    assert texts(ann) == ["mine true", "used"]
    do(
        ann.server,
        tools + "humanoid:EquipTool(pack.Bow) Players.Ann.Character.Bow:Deactivate() humanoid:UnequipTools()",
    )
    assert texts(ann.server) == [
        "Sword Unequipped Backpack",
        "Bow Equipped Ann",
        "Bow Deactivated Ann",
        "Bow Unequipped Backpack",
    ]
    do(ann.server, tools + "pack.Bow.Enabled = false pack.Bow:Activate() humanoid:UnequipTools()")
    assert texts(ann.server) == []


@pytest.mark.fact("humanoid.state_enabled")
def test_states_are_switched_off(ann: Peer) -> None:
    source = """
        local humanoid = Players.Ann.Character.Humanoid
        humanoid:SetStateEnabled(Enum.HumanoidStateType.Jumping, false)
        local off = humanoid:GetStateEnabled("Jumping")
        humanoid:SetStateEnabled("Jumping", true)
        return off, humanoid:GetStateEnabled("Jumping"), humanoid:GetStateEnabled("Climbing")
    """
    assert do(ann, source) == [False, True, True]
    with pytest.raises(LuauError, match='Invalid value "Nonsense" for enum HumanoidStateType'):
        do(ann, "Players.Ann.Character.Humanoid:GetStateEnabled('Nonsense')")


@pytest.mark.fact("player.mouse")
def test_the_mouse_tells_what_the_player_does(ann: Peer) -> None:
    do(
        ann,
        """
        local mouse = Players.LocalPlayer:GetMouse()
        assert(mouse == Players.LocalPlayer:GetMouse() and mouse.ViewSizeX == 1280 and mouse.ViewSizeY == 720)
        for _, event in { "Button1Down", "Button1Up", "Button2Down", "Button2Up", "KeyDown", "KeyUp", "Move" } do
            mouse[event]:Connect(function(key) print(event, key or `{mouse.X} {mouse.Y}`) end)
        end
        """,
    )
    ann.tap("MouseButton1", at=(5, 6))
    ann.tap("MouseButton2", at=(5, 6))
    ann.tap("E", at=(5, 6))
    ann.tap("LeftShift", at=(5, 6))
    assert texts(ann) == [
        "Move 5 6",
        "Button1Down 5 6",
        "Button1Up 5 6",
        "Button2Down 5 6",
        "Button2Up 5 6",
        "KeyDown e",
        "KeyUp e",
    ]
    where = "return game:GetService('UserInputService'):GetMouseLocation()"
    assert do(ann, where.replace("return ", "return tostring(") + ")") == ["5, 42"]
    do(ann, "game:GetService('ContextActionService'):BindAction('A', function() end, false, Enum.KeyCode.E)")
    ann.tap("E", at=(5, 6))
    assert texts(ann) == []


@pytest.mark.fact("player.mouse")
def test_nobody_has_the_mouse_of_another(universe: Universe, ann: Peer) -> None:
    universe.client("Ben")
    universe.advance(1)
    assert do(ann, "return Players.Ben:GetMouse()") == [None]
    assert do(ann.server, "return Players.Ann:GetMouse()") == [None]
    assert do(ann.server, "return tostring(game:GetService('UserInputService'):GetMouseLocation())") == ["0, 0"]


@pytest.mark.fact("team.players")
def test_teams_and_who_plays_in_them(ann: Peer) -> None:
    assert do(
        ann.server,
        """
        local Teams = game:GetService("Teams")
        local red, blue = Instance.new("Team", Teams), Instance.new("Team", Teams)
        red.Name = "Red"
        Instance.new("Folder", Teams)
        Players.Ann.Team = red
        return #Teams:GetTeams(), Teams:GetTeams()[1].Name, red:GetPlayers()[1].Name, #blue:GetPlayers()
        """,
    ) == [2, "Red", "Ann", 0]


@pytest.mark.fact("humanoid.accessories")
def test_what_a_character_wears(ann: Peer) -> None:
    assert do(
        ann.server,
        """
        local character = Players.Ann.Character
        local humanoid = character.Humanoid
        local hat = Instance.new("Accessory")
        hat.Name = "Hat"
        humanoid:AddAccessory(hat)
        humanoid:AddAccessory(Instance.new("Folder"))
        local worn, where = #humanoid:GetAccessories(), hat.Parent == character
        humanoid:RemoveAccessories()
        local alone = Instance.new("Humanoid")
        alone:AddAccessory(hat)
        return worn, where, hat.Parent, #humanoid:GetAccessories(), #alone:GetAccessories(), character.Head.Name
        """,
    ) == [1, True, None, 0, 0, "Head"]


@pytest.mark.fact("gui.topbar_transparency")
def test_how_clear_the_top_bar_is(ann: Peer) -> None:
    assert do(
        ann,
        """
        local screen, told = Players.LocalPlayer.PlayerGui, {}
        screen.TopbarTransparencyChangedSignal:Connect(function(value) table.insert(told, value) end)
        local before = screen:GetTopbarTransparency()
        screen:SetTopbarTransparency(0)
        screen:SetTopbarTransparency(3)
        return before, told, screen:GetTopbarTransparency()
        """,
    ) == [0.5, [0, 1], 1]


@pytest.mark.fact("gui.topbar_inset")
@pytest.mark.parametrize("left", [164, 200])
def test_where_the_top_bar_has_room(left: int) -> None:
    with Universe(settings=Settings(topbar_left=left)) as universe:
        server, client = universe.server(), universe.client("Ann")
        universe.advance(1)
        source = "return tostring(game:GetService('GuiService').TopbarInset)"
        assert do(client, source) == [f"{left}, 0, 1280, 36"]
        with pytest.raises(LuauError, match=r"not modelled: GuiService\.TopbarInset on a server"):
            do(server, source)


def test_a_script_may_have_any_name(server: Peer) -> None:
    server.mount(ScriptTree("a\0b", "Script", "error('wrong')"), "ServerScriptService")
    assert [line.text for line in server.output] == ["ServerScriptService.a\\0b:1: wrong"]


@pytest.mark.fact("players.web")
def test_who_is_known_by_name_and_number(ann: Peer) -> None:
    known = "return Players:GetNameFromUserIdAsync(7), Players:GetUserIdFromNameAsync('ANN')"
    assert do(ann.server, known) == ["Ann", 7]
    for call in ("GetNameFromUserIdAsync(8)", "GetUserIdFromNameAsync('Ben')"):
        with pytest.raises(LuauError, match=rf"Players\.{call.partition('(')[0]} of somebody who is not in the game"):
            do(ann.server, f"Players:{call}")


@pytest.mark.fact("players.web")
@pytest.mark.parametrize(
    ("kind", "name"), [("HeadShot", "AvatarHeadShot"), ("AvatarBust", "AvatarBust"), ("AvatarThumbnail", "Avatar")]
)
def test_the_picture_of_a_user(server: Peer, kind: str, name: str) -> None:
    call = f"Players:GetUserThumbnailAsync(5, Enum.ThumbnailType.{kind}, Enum.ThumbnailSize.Size420x420)"
    assert do(server, f"return {call}") == [f"rbxthumb://type={name}&id=5&w=420&h=420", True]
    with pytest.raises(LuauError, match='Invalid value "Big" for enum ThumbnailSize'):
        do(server, f"Players:GetUserThumbnailAsync(5, '{kind}', 'Big')")
