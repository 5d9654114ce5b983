"""The tree of Instances, properties, attributes and tags."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, Universe

HEAD = """
local log = {}
local function note(...)
    local words = table.pack(...)
    for index = 1, words.n do words[index] = tostring(words[index]) end
    table.insert(log, table.concat(words, " "))
end
local function new(class, name, parent)
    local made = Instance.new(class)
    made.Name = name
    made.Parent = parent
    return made
end
local root = new("Folder", "Root", workspace)
"""

BOTH = [
    pytest.param(
        """
        local a = new("Folder", "A", root)
        local b = new("StringValue", "B", a)
        note(b:GetFullName(), b.ClassName, typeof(b), type(b), b)
        note(root.A.B == b, root:FindFirstChild("B"), root:FindFirstChild("B", true))
        note(a:FindFirstChildOfClass("ValueBase"), a:FindFirstChildWhichIsA("ValueBase"))
        note(b:FindFirstAncestor("Root"), b:FindFirstAncestorOfClass("Workspace"))
        note(b:FindFirstAncestorWhichIsA("Instance"), b:IsA("ValueBase"), b:IsA("Folder"), b:IsA("Nonsense"))
        note(b:IsDescendantOf(root), root:IsAncestorOf(b), root:IsDescendantOf(b))
        note(#root:GetDescendants(), #root:GetChildren())
        """,
        [
            "Workspace.Root.A.B StringValue Instance userdata B",
            "true nil B",
            "nil B",
            "Root Workspace",
            "A true false false",
            "true true false",
            "2 1",
        ],
        id="finding one's way",
    ),
    pytest.param(
        """
        root.ChildAdded:Connect(function(child) note("added", child) end)
        root.ChildRemoved:Connect(function(child) note("removed", child) end)
        workspace.DescendantAdded:Connect(function(child) note("below", child) end)
        workspace.DescendantRemoving:Connect(function(child) note("leaving", child) end)
        local a = new("Folder", "A")
        local b = new("Folder", "B", a)
        b.AncestryChanged:Connect(function(child, parent) note("ancestry", child, parent) end)
        a.Parent = root
        task.wait()
        a.Parent = nil
        task.wait()
        """,
        ["added A", "below A", "below B", "ancestry A Root", "leaving A", "leaving B", "removed A", "ancestry A nil"],
        id="moving tells everybody",
    ),
    pytest.param(
        """
        local a = new("Folder", "A", root)
        local b = new("Folder", "B", a)
        local calls = 0
        a.Changed:Connect(function() calls += 1 end)
        a.Destroying:Connect(function() note("destroying", a.Parent ~= nil) end)
        b.Destroying:Connect(function() note("child") end)
        a:Destroy()
        task.wait()
        a.Name = "still readable"
        task.wait()
        note(a.Name, a.Parent, b.Parent, #root:GetChildren(), #a:GetChildren())
        note(select(2, pcall(function() a.Parent = workspace end)))
        a:Destroy()
        """,
        {
            "immediate": [
                "destroying true",
                "child",
                "still readable nil nil 0 0",
                "The Parent property of still readable is locked, current parent: NULL, new parent Workspace",
            ],
            "deferred": [
                "destroying false",
                "child",
                "still readable nil nil 0 0",
                "The Parent property of still readable is locked, current parent: NULL, new parent Workspace",
            ],
        },
        marks=pytest.mark.fact("instance.destroy", "instance.destroying"),
        id="destroy",
    ),
    pytest.param(
        """
        local value = new("StringValue", "V", root)
        value.Changed:Connect(function(...) note("changed", ...) end)
        value:GetPropertyChangedSignal("Value"):Connect(function(...) note("signal", select("#", ...)) end)
        value.Value = "x"
        value.Value = "x"
        root.Changed:Connect(function(...) note("folder", ...) end)
        root.Name = "Other"
        root.Name = "Other"
        task.wait()
        """,
        ["signal 0", "changed x", "folder Name"],
        marks=pytest.mark.fact("instance.changed"),
        id="changed",
    ),
    pytest.param(
        """
        task.delay(1, new, "Folder", "Late", root)
        task.delay(2, function() new("Folder", "Wrong", root).Name = "Renamed" end)
        local started = os.clock()
        note(root:WaitForChild("Late"), root:WaitForChild("Renamed", 10), root:WaitForChild("Never", 1))
        note(math.round(os.clock() - started))
        """,
        ["Late Renamed nil", "3"],
        marks=pytest.mark.fact("instance.wait_for_child"),
        id="WaitForChild",
    ),
    pytest.param(
        """
        local original = new("Folder", "Original", root)
        local inner = new("StringValue", "Inner", original)
        inner.Value = "kept"
        local inside, outside = new("ObjectValue", "Inside", original), new("ObjectValue", "Outside", original)
        inside.Value, outside.Value = inner, root
        new("Folder", "Skipped", original).Archivable = false
        original:SetAttribute("kind", "x")
        original:AddTag("tagged")
        inner.Changed:Connect(function() note("must not fire") end)
        local copy = original:Clone()
        note(copy.Name, copy.Parent, copy:GetAttribute("kind"), copy:HasTag("tagged"), #copy:GetChildren())
        note(copy.Inner.Value, copy.Inside.Value == copy.Inner, copy.Outside.Value == root)
        copy.Inner.Value = "own"
        note(inner.Value)
        original.Archivable = false
        note(original:Clone())
        """,
        ["Original nil x true 3", "kept true true", "kept", "nil"],
        marks=pytest.mark.fact("instance.clone"),
        id="clone",
    ),
    pytest.param(
        """
        root.AttributeChanged:Connect(function(name) note("changed", name, root:GetAttribute(name)) end)
        root:GetAttributeChangedSignal("a.b-c/d_1"):Connect(function() note("signal") end)
        root:SetAttribute("a.b-c/d_1", 1)
        task.wait()
        root:SetAttribute("a.b-c/d_1", 1)
        root:SetAttribute("a.b-c/d_1", nil)
        task.wait()
        root:SetAttribute("other", true)
        task.wait()
        note(next(root:GetAttributes()))
        root:GetAttributes().other = false
        note(root:GetAttribute("other"))
        note(getmetatable(root))
        for _, wrong in { "", "a b", "RBXthing", string.rep("x", 101) } do
            note((pcall(root.SetAttribute, root, wrong, 1)))
        end
        for _, wrong in { {}, root, print } do note((pcall(root.SetAttribute, root, "x", wrong))) end
        """,
        [
            "signal",
            "changed a.b-c/d_1 1",
            "signal",
            "changed a.b-c/d_1 nil",
            "changed other true",
            "other true",
            "true",
            "The metatable is locked",
            *["false"] * 7,
        ],
        marks=pytest.mark.fact("attribute.rules"),
        id="attributes",
    ),
    pytest.param(
        """
        local tags = game:GetService("CollectionService")
        tags:GetInstanceAddedSignal("lamp"):Connect(function(it) note("added", it) end)
        tags:GetInstanceRemovedSignal("lamp"):Connect(function(it) note("removed", it) end)
        local a = new("Folder", "A")
        a:AddTag("lamp")
        a:AddTag("lamp")
        note(#tags:GetTagged("lamp"), tags:HasTag(a, "lamp"))
        a.Parent = root
        task.wait()
        note(#tags:GetTagged("lamp"), table.concat(tags:GetAllTags()), table.concat(a:GetTags()))
        tags:RemoveTag(a, "lamp")
        task.wait()
        tags:AddTag(a, "lamp")
        a:Destroy()
        task.wait()
        """,
        ["0 true", "added A", "1 lamp lamp", "removed A", "added A", "removed A"],
        marks=pytest.mark.fact("tag.signals"),
        id="tags",
    ),
    pytest.param(
        """
        local part = new("NumberValue", "N", root)
        part.Value = "12.5"
        note(part.Value)
        local int = new("IntValue", "I", root)
        int.Value = 3.9
        note(int.Value)
        local text = new("StringValue", "S", root)
        text.Value = 12
        note(text.Value, typeof(text.Value))
        """,
        ["12.5", "3", "12 string"],
        id="properties convert",
    ),
    pytest.param(
        """
        root.Parent = nil
        note(root.Parent, root:IsDescendantOf(nil), root:GetFullName())
        new("Folder", "A", root)
        new("Folder", "B", root)
        root:ClearAllChildren()
        note(#root:GetChildren())
        note(game.Workspace == workspace, game.workspace == workspace, game:FindService("Nothing"), tostring(game))
        note(game:GetService("Workspace") == workspace, game:FindService("RunService") ~= nil)
        """,
        ["nil true Root", "0", "true true nil Game", "true true"],
        marks=pytest.mark.fact("instance.service"),
        id="the DataModel",
    ),
]


@pytest.mark.parametrize(("source", "expected"), BOTH)
def test_in_both_modes(
    either: Peer, signal_behavior: str, source: str, expected: list[str] | dict[str, list[str]]
) -> None:
    wanted = expected[signal_behavior] if isinstance(expected, dict) else expected
    assert either.run(f"{HEAD}{source} return log") == [wanted]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("return root.Nothing", 'Nothing is not a valid member of Folder "Workspace.Root"'),
        ("root.Nothing = 1", 'Nothing is not a valid member of Folder "Workspace.Root"'),
        ("return game.Nothing", 'Nothing is not a valid member of DataModel "Game"'),
        ("return root.UniqueId", "The current thread cannot read 'UniqueId' (lacking capability RobloxScript)"),
        ("workspace:Spherecast()", "not modelled: WorldRoot.Spherecast"),
        ("root.ClassName = 'x'", "Unable to assign property ClassName. Property is read only"),
        ("root.Destroy = print", "Unable to assign property Destroy. Property is read only"),
        ("root.Name = {}", "Unable to assign property Name. string expected, got table"),
        ("root.Name = nil", "Unable to assign property Name. string expected, got nil"),
        ("root.Parent = 1", "Unable to assign property Parent. Instance expected, got number"),
        ("root.Parent = root", "Attempt to set Workspace.Root as its own parent"),
        (
            "root.Parent = new('Folder', 'Child', root)",
            "Attempt to set parent of Workspace.Root to Workspace.Root.Child would result in circular reference",
        ),
        ("game.Parent = root", "The Parent property of Game is locked, current parent: NULL, new parent Root"),
        ("root.FindFirstChild('x')", "Expected ':' not '.' calling member function FindFirstChild"),
        ("root:FindFirstChild()", "Argument 1 missing or nil"),
        ("root:FindFirstChild({})", "Unable to cast table to string"),
        ("root:IsDescendantOf(1)", "Unable to cast value to Object"),
        ("root:GetPropertyChangedSignal('x')", "x is not a valid property name."),
        ("Instance.new('Nothing')", 'Unable to create an Instance of type "Nothing"'),
        ("Instance.new('Workspace')", 'Unable to create an Instance of type "Workspace"'),
        ("Instance.new('ValueBase')", 'Unable to create an Instance of type "ValueBase"'),
        ("Instance.new('BasePart')", 'Unable to create an Instance of type "BasePart"'),
        ("Instance.new()", "Argument 1 missing or nil"),
        ("game:GetService('Nothing')", "'Nothing' is not a valid Service name"),
        ("game:GetService('Folder')", "'Folder' is not a valid Service name"),
        ("game:GetService('TeleportService'):Teleport(1)", "not modelled: TeleportService.Teleport"),
        (
            "game:GetService('TeleportService'):Telport(1)",
            'Telport is not a valid member of TeleportService "TeleportService"',
        ),
        ("return script.Source", "The current thread cannot read 'Source' (lacking capability Plugin)"),
        ("script.Source = ''", "The current thread cannot write 'Source' (lacking capability Plugin)"),
        ("new('BoolValue', 'B', root).Value = 1", "Unable to assign property Value. boolean expected, got number"),
        ("return root .. ''", "ServerScriptService.Script:15: attempt to concatenate Instance with string"),
        ("return #root", "ServerScriptService.Script:15: attempt to get length of a Instance value"),
    ],
)
@pytest.mark.fact("error.no_position")
def test_errors(server: Peer, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(HEAD + call)
    assert caught.value.message == message


@pytest.mark.fact("instance.wait_for_child")
def test_infinite_yield_is_warned_of_once(either: Peer) -> None:
    either.spawn("workspace:WaitForChild('Never')")
    either.run("task.wait(60)")
    assert [(line.kind, line.text, round(line.time)) for line in either.output] == [
        ("warn", "Infinite yield possible on 'Workspace:WaitForChild(\"Never\")'", 5)
    ]
    assert either.output[0].trace == "ServerScriptService.Script:1"


def test_enums(server: Peer) -> None:
    source = """
    local item = Enum.HttpCompression.Gzip
    local function refused(...) return select(2, pcall(...)) end
    return tostring(item), item.Name, item.Value, typeof(item), typeof(item.EnumType), tostring(item.EnumType),
        item == Enum.HttpCompression.Gzip, item.EnumType == Enum.HttpCompression, item:IsA("HttpCompression"),
        #Enum.HttpError:GetEnumItems(), Enum.HttpError:FromValue(5).Name, Enum.HttpError:FromName("NetFail").Value,
        refused(function() return Enum.HttpError.Nothing end), refused(function() return Enum.Nothing end)
    """
    assert server.run(source) == [
        "Enum.HttpCompression.Gzip",
        "Gzip",
        1,
        "EnumItem",
        "Enum",
        "HttpCompression",
        True,
        True,
        True,
        19,
        "TimedOut",
        8,
        'Nothing is not a valid member of "Enum.HttpError"',
        'Nothing is not a valid member of "Enum"',
    ]


@pytest.mark.fact("instance.service")
def test_services_that_every_place_has_are_there_by_name(server: Peer) -> None:
    names = ["Lighting", "ReplicatedStorage", "SoundService", "StarterGui", "StarterPack", "StarterPlayer", "Teams"]
    source = "for _, name in ... do assert(game[name] == game:GetService(name) and game[name].Parent == game) end"
    server.run(source, names)


def test_everything_is_an_object(server: Peer) -> None:
    assert server.run("return Instance.new('Folder'):IsA('Object'), game:IsA('Object')") == [True, True]


@pytest.mark.fact("debris.add_item")
def test_debris_is_destroyed_in_time_whatever_becomes_of_the_script(universe: Universe, server: Peer) -> None:
    server.spawn("""
        local debris = game:GetService("Debris")
        for name, seconds in { short = 2, long = 30 } do
            local folder = Instance.new("Folder", workspace)
            folder.Name = name
            debris:AddItem(folder, seconds)
        end
        local default = Instance.new("Folder", workspace)
        default.Name = "default"
        debris:AddItem(default)
        script:Destroy()
    """)
    seen = """
        local names = {}
        for _, child in workspace:GetChildren() do
            names[child.Name] = child:IsA("Folder") or nil
        end
        return names
    """
    assert server.run(seen) == [{"short": True, "default": True, "long": True}]
    universe.advance(5)
    assert server.run(seen) == [{"default": True, "long": True}]
    universe.advance(20)
    assert server.run(seen) == [{"long": True}]
    universe.advance(10)
    assert server.run(seen) == [[]]


@pytest.mark.fact("debris.add_item")
def test_of_too_much_debris_the_oldest_goes_at_once(server: Peer) -> None:
    source = """
        for index = 1, 1001 do
            local folder = Instance.new("Folder", workspace)
            folder.Name = tostring(index)
            game:GetService("Debris"):AddItem(folder, 100)
        end
        return workspace:FindFirstChild("1"), #workspace:GetChildren() - 1
    """
    assert server.run(source) == [None, 1000]


@pytest.mark.parametrize(
    ("class_name", "name"),
    [
        *((f"{kind}Value", "Value") for kind in ("Int", "String", "Number", "Bool", "Object", "Color3")),
        ("Folder", "Folder"),
        ("Sound", "Sound"),
        ("RemoteEvent", "RemoteEvent"),
    ],
)
@pytest.mark.fact("instance.default_name")
def test_the_name_of_a_new_instance(universe: Universe, class_name: str, name: str) -> None:
    server = universe.server()
    made = f"local made = Instance.new('{class_name}', workspace) "
    assert server.run(made + "return made.Name, workspace:FindFirstChild(made.Name) == made") == [name, True]
    client = universe.client()
    universe.advance(1)
    seen = f"return workspace:FindFirstChildWhichIsA('{class_name}').Name"
    assert client.run(seen, parent="Workspace") == [name]


def test_what_is_not_modelled_is_written_down_whoever_catches_it(universe: Universe, server: Peer) -> None:
    source = """
    task.wait(2)
    for _ = 1, 3 do
        pcall(function() return Instance.new("Part").Mass end)
    end
    pcall(Instance.fromExisting, script)
    return (xpcall(function() workspace:Spherecast() end, print))
    """
    assert server.run(source) == [False]
    gaps = [(gap.what, gap.count, round(gap.time)) for gap in server.gaps]
    assert gaps == [("BasePart.Mass", 3, 2), ("Instance.fromExisting", 1, 2), ("WorldRoot.Spherecast", 1, 2)]
    assert [gap.trace.splitlines()[0] for gap in server.gaps] == [
        "ServerScriptService.Script:4",
        "ServerScriptService.Script:6",
        "ServerScriptService.Script:7",
    ]
    assert universe.client("Ann").gaps == []


@pytest.mark.fact("service.outline")
def test_scripts_get_services_that_only_refuse(server: Peer) -> None:
    source = """
    local service = game:GetService("GroupService")
    local ok, problem = pcall(function() return service.GetGroupsAsync end)
    service.Name = "Groups"
    return service == game:GetService("GroupService"), service.ClassName, service.Parent == game, ok, problem,
        game:FindFirstChild("Groups") == service
    """
    told = "not modelled: GroupService.GetGroupsAsync"
    assert server.run(source) == [True, "GroupService", True, False, told, True]
    assert [gap.what for gap in server.gaps] == ["GroupService.GetGroupsAsync"]


def test_what_is_found_first_among_many_children_is_the_first_of_them(server: Peer) -> None:
    # At each step, beside what looking through all of them says.
    assert server.run(
        HEAD
        + """
        local random = Random.new(7)
        local CLASSES, NAMES = { "Folder", "Model", "IntValue" }, { "A", "B", "C", "D" }
        local function first(test)
            for _, child in root:GetChildren() do
                if test(child) then return child end
            end
            return nil
        end
        local function any() return root:GetChildren()[random:NextInteger(1, #root:GetChildren())] end
        for index = 1, 12 do new("Part", "Rest" .. index, root) end
        local deeds = {
            function() new(CLASSES[random:NextInteger(1, 3)], NAMES[random:NextInteger(1, 4)], root) end,
            function() any():Destroy() end,
            function() any().Name = NAMES[random:NextInteger(1, 4)] end,
            function()
                local child = any()
                child.Parent = nil
                child.Parent = root
            end,
        }
        local wrong = 0
        for step = 1, 400 do
            deeds[if #root:GetChildren() < 12 then 1 else random:NextInteger(1, 4)]()
            for _, name in NAMES do
                local seen = first(function(child) return child.Name == name end)
                if root:FindFirstChild(name) ~= seen then wrong += 1 end
            end
            for _, class in CLASSES do
                local seen = first(function(child) return child.ClassName == class end)
                if root:FindFirstChildOfClass(class) ~= seen then wrong += 1 end
            end
        end
        return wrong, #root:GetChildren() > 8
        """
    ) == [0, True]
