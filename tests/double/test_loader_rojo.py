"""A project with everything in it: the loader makes of it what Rojo itself makes, and it runs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import pytest

from roblox_double import LuauError, Opaque, Peer, ScriptTree, Settings, Universe, load_folder, load_project
from support.tools import tool

PROJECT = {
    "name": "Everything",
    "globIgnorePaths": ["**/*.spec.luau", "src/{drafts,notes}/**"],
    "syncRules": [
        {"pattern": "*.note", "use": "text", "suffix": ".note"},
        {"pattern": "src/raw/*.luau", "use": "ignore", "exclude": "**/kept.luau"},
    ],
    "tree": {
        "$className": "DataModel",
        "$ignoreUnknownInstances": True,
        "HttpService": {"$properties": {"HttpEnabled": True}},
        "ReplicatedStorage": {
            "Shared": {"$path": "src/shared"},
            "LootStorage": {"$path": "src/loot"},
            "Inner": {"$path": "src/inner.project.json"},
            "Left out": {"$path": {"optional": "nowhere"}},
            "Kept": {"$className": "Configuration", "$path": {"optional": "nowhere"}},
            "Settings": {
                "$className": "Configuration",
                "$attributes": {"speed": 2, "name": {"String": "x"}, "range": {"NumberRange": [1, 2]}},
                "Volume": {"$className": "NumberValue", "$properties": {"Value": {"Float64": 0.5}}},
            },
        },
        "ServerScriptService": {
            "MusicService": {"$path": "src/music"},
            "Raw": {"$path": "src/raw"},
            "Package": {"$path": "src/package"},
        },
        "StarterPlayer": {"StarterPlayerScripts": {"$path": "src/client"}},
        "StarterGui": {"$path": "src/gui"},
        "Workspace": {"$properties": {"SignalBehavior": "Deferred"}, "Things": {"$path": "src/Things.model.json"}},
    },
}
FILES = {
    "src/shared/init.luau": "return { name = 'shared', child = require('@self/child') }",
    "src/shared/init.meta.json": '{"attributes": {"version": 3}}',
    "src/shared/child.luau": "return 'child of ' .. script.Parent.Name",
    "src/shared/child.spec.luau": "error('a test')",
    "src/shared/.hidden.luau": "return nil",
    "src/shared/README.md": "left out",
    "src/shared/numbers.json": '{"list": [1, null, 2.5], "a key": true, "end": {}, "text": "\\"\\\\\\n"} // a comment',
    "src/shared/more.toml": "one = 1\nlarge = inf\n[part]\nday = 2020-01-02\n",
    "src/shared/others.yml": "a: [x, 'y']\n1: one\n",
    "src/shared/others.meta.json": '{"attributes": {"from": "yaml",},}',
    "src/shared/text.txt": "two\nlines",
    "src/shared/label.note": "by a rule",
    "src/shared/Remotes.model.json": json.dumps(
        {
            "className": "Folder",
            "children": [
                {"name": "Ask", "className": "RemoteFunction"},
                {"Name": "Tell", "ClassName": "RemoteEvent", "Attributes": {"rate": 5}},
            ],
        }
    ),
    "src/loot/Gold.model.json": '{"ClassName": "IntValue", "Properties": {"Value": 7, "Tags": ["Loot", "Shiny"]}}',
    "src/inner.project.json": '{"name": "other", "tree": {"$className": "Folder", "Leaf": {"$path": "leaf.luau"}}}',
    "src/leaf.luau": "return 'leaf'",
    "src/drafts/x.luau": "error('a draft')",
    "src/music/init.server.luau": """
        local storage = game:GetService("ReplicatedStorage")
        local collection = game:GetService("CollectionService")
        local shared = require(storage.Shared)
        local remotes = storage.Shared.Remotes
        local seen = {}
        local function joined(player: Player)
            local stats = Instance.new("Folder")
            stats.Name = "leaderstats"
            local coins = Instance.new("IntValue")
            coins.Name = "Coins"
            coins.Value = collection:GetTagged("Loot")[1].Value
            coins.Parent = stats
            stats.Parent = player
            table.insert(seen, player.Name)
        end
        game:GetService("Players").PlayerAdded:Connect(joined)
        for _, player in game:GetService("Players"):GetPlayers() do
            task.spawn(joined, player)
        end
        remotes.Ask.OnServerInvoke = function(player, what: string)
            return `{player.Name} asks for {what}`, require(script.part)
        end
        remotes.Tell.OnServerEvent:Connect(function(player, volume)
            storage.Settings.Volume.Value = volume
            player:SetAttribute("told", true)
        end)
        game:BindToClose(function(reason)
            task.wait(2)
            print("closed", reason == Enum.CloseReason.DeveloperShutdown, table.concat(seen, ","))
        end)
        print(shared.name, shared.child, require("./Package"), require("@game/ReplicatedStorage/Inner/Leaf"))
    """,
    "src/music/part.luau": "return 'part'",
    "src/music/off.server.luau": "error('it is off')",
    "src/music/off.meta.json": '{"properties": {"Enabled": false}}',
    "src/raw/gone.luau": "",
    "src/raw/kept.luau": "return 1",
    "src/package/default.project.json": '{"name": "ignored", "tree": {"$path": "lib"}}',
    "src/package/lib/init.lua": "return 'package'",
    "src/client/Main/init.client.luau": """
        local shared = game:GetService("ReplicatedStorage"):WaitForChild("Shared")
        local remotes = shared:WaitForChild("Remotes")
        local settings = game:GetService("ReplicatedStorage").Settings
        local player = game:GetService("Players").LocalPlayer
        print(remotes.Ask:InvokeServer("music"))
        settings.Volume.Changed:Connect(function(value)
            print("volume", value)
        end)
        remotes.Tell:FireServer(0.25)
        local coins = player:WaitForChild("leaderstats"):WaitForChild("Coins")
        print(coins.Value, require(shared).child, require(script.helper))
        local button = player.PlayerGui:WaitForChild("Hud"):WaitForChild("Skip") :: TextButton
        button.Activated:Connect(function()
            print("skip", button.Text)
        end)
    """,
    "src/client/Main/helper.luau": "return 'helper of ' .. script.Parent.ClassName",
    "src/gui/Hud.model.json": json.dumps(
        {
            "className": "ScreenGui",
            "properties": {"ResetOnSpawn": False},
            "children": [
                {
                    "name": "Skip",
                    "className": "TextButton",
                    "properties": {
                        "Text": "Skip it",
                        "Size": {"UDim2": [[0, 100], [0.5, 20]]},
                        "TextXAlignment": "Left",
                        "TextColor3": [1, 0, 0],
                        "FontFace": {
                            "family": "rbxasset://fonts/families/Arial.json",
                            "weight": "Bold",
                            "style": "Normal",
                        },
                    },
                },
                {
                    "name": "Spot",
                    "className": "CFrameValue",
                    "properties": {"Value": [1, 2, 3, 0, 0, 1, 0, 1, 0, -1, 0, 0]},
                },
            ],
        }
    ),
    "src/Things.model.json": '{"className": "Folder", "attributes": {"x": {"Bool": true}}}',
}


@pytest.fixture(params=[True, False], ids=["legacy scripts", "run contexts"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    project = {**PROJECT, "emitLegacyScripts": request.param}
    for name, text in {"default.project.json": json.dumps(project), **FILES}.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def outline(name: str, class_name: str, children: list[Any]) -> list[Any]:
    return [name, class_name, sorted(children)]


def ours(tree: ScriptTree) -> list[Any]:
    return outline(tree.name, tree.class_name, [ours(child) for child in tree.children])


def rojos(node: dict[str, Any]) -> list[Any]:
    return outline(node["name"], node["className"], [rojos(child) for child in node.get("children", [])])


def all_of(tree: ScriptTree, path: str = "") -> Iterator[tuple[str, ScriptTree]]:
    for child in tree.children:
        yield f"{path}/{child.name}", child
        yield from all_of(child, f"{path}/{child.name}")


def sources(item: ElementTree.Element, path: str = "") -> Iterator[tuple[str, str | None]]:
    for child in item.findall("Item"):
        inner = f"{path}/{child.findtext("Properties/string[@name='Name']")}"
        yield inner, child.findtext("Properties/*[@name='Source']")
        yield from sources(child, inner)


def test_same_tree_as_rojo_makes(place: Path) -> None:
    run = [tool("rojo"), "sourcemap", "--include-non-scripts", str(place / "default.project.json")]
    said = subprocess.run(run, capture_output=True, check=True).stdout
    assert ours(load_project(place)) == rojos(json.loads(said))


def test_same_code_as_rojo_builds(place: Path, tmp_path: Path, server: Peer) -> None:
    built = tmp_path / "built.rbxlx"
    subprocess.run([tool("rojo"), "build", "-o", str(built), str(place)], capture_output=True, check=True)
    theirs = dict(sources(ElementTree.parse(built).getroot()))
    project = dict(all_of(load_project(place)))
    assert set(project) == set(theirs)
    for path, tree in project.items():
        if tree.path and tree.path.suffix in (".json", ".toml", ".yml"):
            # Data: the text differs in layout, the value does not.
            assert [tree.source and server.run(tree.source)] == [tree.source and server.run(str(theirs[path]))], path
        else:
            assert tree.source == theirs[path], path


def test_it_runs_as_a_game(place: Path) -> None:
    with Universe() as universe:
        server = universe.server()
        project = load_project(place)
        server.mount_game(project)
        assert [line.text for line in server.output] == ["shared child of Shared package leaf"]
        client = universe.client("Ann")
        universe.advance(5)
        assert {line.text for line in client.output} == {
            "Ann asks for music part",
            "volume 0.25",
            f"7 child of Shared helper of {'LocalScript' if 'Main' in _legacy(project) else 'Script'}",
        }
        client.press("Players.Ann.PlayerGui.Hud.Skip")
        assert client.output[-1].text == "skip Skip it"
        values = server.run("""
            local settings = game.ReplicatedStorage.Settings
            local gold = game.ReplicatedStorage.LootStorage.Gold
            return settings:GetAttribute("speed"), settings:GetAttribute("name"), settings:GetAttribute("range"),
                gold:HasTag("Shiny"), game.Players.Ann:GetAttribute("told"), game.StarterGui.Hud.Skip.Size,
                game.StarterGui.Hud.Skip.TextColor3:ToHex(), game.StarterGui.Hud.Skip.FontFace.Bold,
                tostring(game.StarterGui.Hud.Spot.Value),
                require(game.ReplicatedStorage.Shared.numbers), game.ReplicatedStorage.Shared:GetAttribute("version"),
                require(game.ReplicatedStorage.Shared.more), game.ReplicatedStorage.Shared.others:GetAttribute("from")
        """)
        assert values == [
            2,
            "x",
            Opaque("NumberRange", "1 2 "),
            True,
            True,
            Opaque("UDim2", "{0, 100}, {0.5, 20}"),
            "ff0000",
            True,
            "1, 2, 3, 0, 0, 1, 0, 1, 0, -1, 0, 0",
            {"list": {1: 1, 3: 2.5}, "a key": True, "end": [], "text": '"\\\n'},
            3,
            {"one": 1, "large": float("inf"), "part": {"day": "2020-01-02"}},
            "yaml",
        ]
        assert [line.text for line in server.output if line.kind == "error"] == []
        assert universe.close_server(server) == pytest.approx(2, abs=0.1)
        assert server.output[-1].text == "closed true Ann"


def _legacy(project: ScriptTree) -> set[str]:
    return {tree.name for _, tree in all_of(project) if tree.class_name == "LocalScript"}


def test_a_folder_that_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "default.project.jsonc").write_text('{"name": "Lib", "tree": {"$path": "x.luau"},}', encoding="utf-8")
    (tmp_path / "x.luau").write_text("return 1", encoding="utf-8")
    tree = load_folder(tmp_path)
    assert (tree.name, tree.class_name, tree.source) == ("Lib", "ModuleScript", "return 1")
    assert load_project(str(tmp_path)) == tree


def test_what_rojo_itself_begins_a_game_with(tmp_path: Path, universe: Universe) -> None:
    subprocess.run([tool("rojo"), "init", "--kind", "place", str(tmp_path)], capture_output=True, check=True)
    server = universe.server()
    server.mount_game(load_project(tmp_path))
    client = universe.client("Ann")
    universe.advance(1)
    assert [line.text for line in server.output] == ["Hello world, from server!"]
    assert [line.text for line in client.output] == ["Hello world, from client!"]
    # What the double knows from the engine's description only is there, with what the project says of it.
    probe = """
        local part = workspace:WaitForChild("Baseplate")
        return part.ClassName, part:IsA("BasePart"), part:IsA("Sound"), part.Parent == workspace, part.Locked,
            tostring(part.Size), select(2, pcall(function() return (part :: any).Nope end))
    """
    size, nope = "512, 20, 512", 'Nope is not a valid member of Part "Workspace.Baseplate"'
    expected = ["Part", True, False, True, True, size, nope]
    assert server.run(probe) == expected
    assert client.run(probe, parent="Players.Ann.PlayerScripts") == expected


def test_services_that_are_known_from_the_description_alone(server: Peer) -> None:
    chat = ScriptTree("TextChatService", "TextChatService", properties={"ChatVersion": 1})
    server.mount_game(ScriptTree("Game", "DataModel", children=(chat,)))
    source = "return game:GetService('TextChatService').ChatVersion == Enum.ChatVersion.TextChatService"
    assert server.run(source) == [True]
    with pytest.raises(LuauError, match="not modelled: class NoService"):
        server.mount_game(ScriptTree("Game", "DataModel", children=(ScriptTree("NoService", "NoService"),)))


def test_what_files_say_and_scripts_do_not_see_is_left_out(server: Peer) -> None:
    properties = {"AcousticSimulationEnabled": False, "SourceAssetId": 5, "xmlRead_MinDistance_3": 1, "Volume": 0.25}
    server.mount(ScriptTree("S", "Sound", properties=properties), "Workspace")
    assert server.run("return workspace.S.Volume, workspace.S.AcousticSimulationEnabled") == [0.25, False]
    assert server.output == []


def test_a_property_that_no_class_has_is_told_once_and_stops_nothing(tmp_path: Path, server: Peer) -> None:
    sound = {"$className": "Sound", "$properties": {"Volum": 1, "Play": 2, "Volume": 0.25}}
    tree = {"$className": "DataModel", "Workspace": {"A": sound}}
    file = tmp_path / "default.project.json"
    file.write_text(json.dumps({"name": "G", "tree": tree}, indent=1), encoding="utf-8")
    server.mount_game(load_project(tmp_path))
    server.mount(ScriptTree("B", "Sound", properties={"Volum": 3, "Volume": 0.5}), "Workspace")
    assert server.run("return workspace.A.Volume, workspace.B.Volume") == [0.25, 0.5]
    lines = file.read_text(encoding="utf-8").splitlines()
    assert sorted((line.kind, line.text) for line in server.output) == [
        ("warn", f"{file}:{at}: Sound has no property {name}, which is left out")
        for name in ("Play", "Volum")
        for at, line in enumerate(lines, 1)
        if f'"{name}"' in line
    ]


@pytest.mark.fact("signal.behavior", "signal.behavior.locked")
@pytest.mark.parametrize("setting", ["immediate", "deferred"])
@pytest.mark.parametrize(("place", "deferred"), [("Immediate", False), ("Deferred", True), ("Default", None)])
def test_place_decides_how_signals_behave(
    setting: Literal["immediate", "deferred"], place: str, deferred: bool | None
) -> None:
    with Universe(settings=Settings(signal_behavior=setting)) as universe:
        server = universe.server()
        workspace = ScriptTree("Workspace", "Workspace", properties={"SignalBehavior": place})
        server.mount_game(ScriptTree("Game", "DataModel", children=(workspace,)))
        client = universe.client("Ann")
        universe.advance(1)
        source = """
            local event, called = Instance.new("BindableEvent"), false
            event.Event:Connect(function() called = true end)
            event:Fire()
            return not called, pcall(function() return workspace.SignalBehavior end)
        """
        late = setting == "deferred" if deferred is None else deferred
        locked = "The current thread cannot read 'SignalBehavior' (lacking capability Plugin)"
        assert server.run(source) == [late, False, locked]
        assert client.run(source, parent="Players.Ann.PlayerScripts") == [late, False, locked]
        write = "workspace.SignalBehavior = Enum.SignalBehavior.Deferred"
        with pytest.raises(LuauError, match="cannot write 'SignalBehavior'"):
            server.run(write)
