"""Interfaces: what is set on them is kept, and buttons can be pressed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from roblox_double import LuauError, Peer, ScriptTree, Settings, Universe

_INTERFACE = """
local gui = Instance.new("ScreenGui")
gui.Name = "Menu"
local frame = Instance.new("Frame", gui)
local button = Instance.new("TextButton", frame)
button.Activated:Connect(function(_, count) print("activated", count) end)
button.MouseButton1Click:Connect(function() print("clicked") end)
local label = Instance.new("TextLabel", frame)
print(button.Text, label.Text, label.TextSize, tostring(label.TextXAlignment))
label.Text = "Now playing"
gui.Parent = game:GetService("Players").LocalPlayer.PlayerGui
"""
_BUTTON = "Players.Ann.PlayerGui.Menu.Frame.TextButton"


@pytest.fixture
def universe() -> Iterator[Universe]:
    with Universe() as universe:
        universe.server()
        yield universe


def shown(universe: Universe) -> Peer:
    client = universe.client("Ann")
    universe.advance(1)
    client.run(_INTERFACE, parent="Workspace")
    return client


def said(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


@pytest.mark.fact("gui.activated")
def test_a_button_is_pressed(universe: Universe) -> None:
    client = shown(universe)
    client.press(_BUTTON)
    assert sorted(said(client)[1:]) == ["activated 1", "clicked"]


def test_only_a_button_that_can_be_seen_is_pressed(universe: Universe) -> None:
    client = shown(universe)
    with pytest.raises(LuauError, match="is no button"):
        client.press(_BUTTON.replace("TextButton", "TextLabel"))
    client.run(f"game.{_BUTTON}.Parent.Visible = false", parent="Workspace")
    with pytest.raises(LuauError, match="cannot be seen"):
        client.press(_BUTTON)


@pytest.mark.fact("gui.udim2")
def test_a_udim2_has_scale_and_offset(universe: Universe) -> None:
    assert universe.peers[0].run(
        "local a, b = UDim2.new(0.5, 10.7, 1, -3), UDim2.fromScale(0.25, 1) "
        "return a.X.Scale, a.X.Offset, a.Height.Offset, b.Y.Scale, b.Y.Offset, UDim2.fromOffset(4, 5).Y.Offset, "
        "a == UDim2.new(0.5, 10, 1, -3), a == b, typeof(a), tostring(a)"
    ) == [0.5, 10, -3, 1, 0, 5, True, False, "UDim2", "{0.5, 10}, {1, -3}"]


@pytest.mark.fact("gui.udim")
def test_a_udim2_is_made_of_two(universe: Universe) -> None:
    assert universe.peers[0].run(
        "local a = UDim.new(0.5, 8.9) local b = UDim2.new(a, UDim.new()) "
        "return tostring(a), typeof(a), a.Scale, a.Offset, b.X == a, b.Y == UDim.new(0, 0), tostring(b + b), "
        "tostring(a - UDim.new(1, 1)), tostring(-a), b - b == UDim2.new(), tostring(-b), "
        "tostring(UDim2.new(0, 0, 1, 10):Lerp(UDim2.new(1, 20, 0, 10), 0.25))"
    ) == [
        "0.5, 8", "UDim", 0.5, 8, True, True, "{1, 16}, {0, 0}",
        "-0.5, 7", "-0.5, -8", True, "{-0.5, -8}, {-0, -0}", "{0.25, 5}, {0.75, 10}",
    ]  # fmt: skip


@pytest.mark.fact("gui.vector2")
def test_a_vector2_can_be_calculated_with(universe: Universe) -> None:
    assert universe.peers[0].run(
        "local a = Vector2.new(3, 4) "
        "return tostring(a), typeof(a), a.X, a.Y, a.Magnitude, tostring(a.Unit * 5), "
        "a + Vector2.one == Vector2.new(4, 5), tostring(a - Vector2.xAxis), tostring(-a), tostring(2 * a), "
        "tostring(a * a), tostring(a / 2), tostring(12 / a), tostring(a / a), "
        "a:Dot(Vector2.yAxis), tostring(Vector2.zero:Lerp(a, 0.5)), tostring(Vector2.new())"
    ) == [
        "3, 4", "Vector2", 3, 4, 5, "3, 4", True,
        "2, 4", "-3, -4", "6, 8", "9, 16", "1.5, 2", "4, 3",
        "1, 1", 4, "1.5, 2", "0, 0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Vector2.new(3, 4):Cross(Vector2.new(1, 2))", 2),
        ("Vector2.new(-2, 4):Abs()", "2, 4"),
        ("Vector2.new(-2.5, 5.25):Ceil()", "-2, 6"),
        ("Vector2.new(-2.5, 5.25):Floor()", "-3, 5"),
        ("Vector2.new(-2.5, 0):Sign()", "-1, 0"),
        ("Vector2.new(1, 2):Max(Vector2.new(2, 1), Vector2.new(0, 7))", "2, 7"),
        ("Vector2.new(1, 2):Min(Vector2.new(2, 1))", "1, 1"),
        ("Vector2.new(1, 2):Max()", "1, 2"),
        ("Vector2.xAxis:Angle(Vector2.yAxis)", pytest.approx(math.pi / 2)),
        ("Vector2.yAxis:Angle(Vector2.xAxis)", pytest.approx(math.pi / 2)),
        ("Vector2.yAxis:Angle(Vector2.xAxis, true)", pytest.approx(-math.pi / 2)),
        ("Vector2.xAxis:Angle(-Vector2.xAxis)", pytest.approx(math.pi)),
        ("Vector2.new(1, 2):FuzzyEq(Vector2.new(1, 2.000001))", True),
        ("Vector2.new(1, 2):FuzzyEq(Vector2.new(1, 2.1))", False),
        ("Vector2.new(1, 2):FuzzyEq(Vector2.new(1, 2.1), 0.5)", True),
        ("Vector2.new(7, -7) // 2", "3, -4"),
        ("Vector2.new(7, -7) // Vector2.new(2, 4)", "3, -2"),
    ],
)
@pytest.mark.fact("gui.vector2")
def test_what_a_vector2_can_do(universe: Universe, expression: str, expected: object) -> None:
    (found,) = universe.peers[0].run(
        f"local found = {expression} return if typeof(found) == 'Vector2' then tostring(found) else found"
    )
    assert found == expected


@pytest.mark.parametrize("name", ["Cross", "Abs", "Lerp", "Dot", "Max", "Angle"])
def test_a_method_of_a_vector2_wants_one(universe: Universe, name: str) -> None:
    with pytest.raises(LuauError, match=f"Expected ':' not '.' calling member function {name}"):
        universe.peers[0].run(f"Vector2.one.{name}()")


@pytest.mark.fact("gui.defaults")
def test_what_a_new_interface_is_like(universe: Universe) -> None:
    new = {
        "Frame.AnchorPoint": "0, 0",
        "Frame.BorderSizePixel": "1",
        "Frame.Active": "false",
        "TextButton.Active": "true",
        "TextButton.AutoButtonColor": "true",
        "TextLabel.TextScaled": "false",
        "TextLabel.TextYAlignment": "Enum.TextYAlignment.Center",
        "TextLabel.Font": "Enum.Font.Legacy",
        "ImageLabel.Image": "",
        "ImageButton.ImageColor3": "1, 1, 1",
        "ImageLabel.ScaleType": "Enum.ScaleType.Stretch",
        "ScreenGui.ZIndexBehavior": "Enum.ZIndexBehavior.Global",
        "ScrollingFrame.CanvasSize": "{0, 0}, {2, 0}",
        "ScrollingFrame.ClipsDescendants": "true",
        "ScrollingFrame.ScrollBarThickness": "12",
        "UICorner.CornerRadius": "0, 8",
        "UIListLayout.FillDirection": "Enum.FillDirection.Vertical",
        "UIListLayout.SortOrder": "Enum.SortOrder.Name",
        "UIPadding.PaddingLeft": "0, 0",
        "UIStroke.Thickness": "1",
    }
    source = "local class, name = ... return tostring(Instance.new(class)[name])"
    assert {key: universe.peers[0].run(source, *key.split("."))[0] for key in new} == new


@pytest.mark.fact("gui.font")
def test_a_font_is_an_item_or_a_face(server: Peer) -> None:
    source = """
    local label = Instance.new("TextLabel")
    local first = label.FontFace == Font.fromEnum(Enum.Font.Legacy)
    label.Font = Enum.Font.GothamBold
    local second = label.FontFace == Font.fromEnum(Enum.Font.GothamBold)
    label.FontFace = Font.fromName("SourceSansPro", Enum.FontWeight.Light)
    local third = label.Font.Name
    label.FontFace = Font.fromId(5)
    return first, second, third, label.Font.Name, label.FontFace.Family
    """
    assert server.run(source) == [True, True, "SourceSansLight", "Unknown", "rbxassetid://5"]


@pytest.mark.fact("gui.properties")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UICorner.CornerRadius", "UDim.new(0.5, 3)"),
        ("Frame.AnchorPoint", "Vector2.new(0.5, 1)"),
        ("ImageLabel.Image", "'rbxassetid://1'"),
        ("TextLabel.Font", "Enum.Font.GothamBold"),
    ],
)
def test_it_replicates_and_may_stand_in_attributes_and_files(universe: Universe, name: str, value: str) -> None:
    class_name, member = name.split(".")
    server = universe.peers[0]
    server.run(
        f"local it = Instance.new('{class_name}') it.{member} = {value} it:SetAttribute('Same', {value}) "
        "it.Name = 'It' it.Parent = workspace"
    )
    client = universe.client("Ann")
    universe.advance(1)
    source = f"local it = workspace.It return it.{member} == {value}, it:GetAttribute('Same') == {value}"
    assert client.run(source, parent="Workspace") == [True, True]


def test_files_hold_it_in_rojos_notation(universe: Universe) -> None:
    corner = ScriptTree("Corner", "UICorner", properties={"CornerRadius": {"UDim": [0.5, 3]}})
    frame = ScriptTree("It", "Frame", None, (corner,), {"AnchorPoint": [0.5, 1]}, {"At": {"Vector2": [1, 2]}})
    server = universe.peers[0]
    server.mount(frame, "Workspace")
    assert server.run(
        "local it = workspace.It return tostring(it.AnchorPoint), tostring(it.Corner.CornerRadius), "
        "tostring(it:GetAttribute('At'))"
    ) == ["0.5, 1", "0.5, 3", "1, 2"]


@pytest.mark.fact("tween.lerp")
def test_tweens_of_interfaces(universe: Universe) -> None:
    server = universe.peers[0]
    server.run(
        "local it = Instance.new('Frame', workspace) "
        "local goals = { Position = UDim2.new(1, 100, 0, 0), AnchorPoint = Vector2.new(1, 0) } "
        "game:GetService('TweenService'):Create(it, TweenInfo.new(2, Enum.EasingStyle.Linear), goals):Play()"
    )
    universe.advance(1)
    half = server.run("local it = workspace.Frame return it.Position.X.Scale, it.Position.X.Offset, it.AnchorPoint.X")
    assert half == [pytest.approx(0.5, abs=0.02), pytest.approx(50, abs=2), pytest.approx(0.5, abs=0.02)]
    universe.advance(2)
    assert server.run("return tostring(workspace.Frame.Position)") == ["{1, 100}, {0, 0}"]


@pytest.mark.fact("gui.properties")
def test_what_is_set_is_kept_and_replicates(universe: Universe) -> None:
    server = universe.peers[0]
    server.run(
        "local gui = Instance.new('ScreenGui') gui.Name = 'Menu' "
        "local frame = Instance.new('Frame', gui) frame.Size = UDim2.new(0.5, 10, 0, 20) "
        "gui.Parent = game:GetService('StarterGui')"
    )
    client = universe.client("Ann")
    universe.advance(1)
    assert client.run(
        "local frame = game.Players.LocalPlayer.PlayerGui.Menu.Frame return frame.Size == UDim2.new(0.5, 10, 0, 20)",
        parent="Workspace",
    ) == [True]
    client.run(_INTERFACE, parent="Workspace")
    assert said(client) == ["Button Label 8 Enum.TextXAlignment.Center"]


_PLACED = """
local gui = Instance.new("ScreenGui", game:GetService("Players").LocalPlayer.PlayerGui)
local frame = Instance.new("Frame", gui)
frame.Size, frame.Position = UDim2.new(0.5, 10, 0, 100), UDim2.fromScale(0.5, 0.5)
local function told(of)
    local at, size = of.AbsolutePosition, of.AbsoluteSize
    return `{at.X} {at.Y} {size.X} {size.Y}`
end
"""


@pytest.mark.fact("gui.absolute")
def test_where_things_are_on_the_screen(universe: Universe) -> None:
    server, client = universe.peers[0], universe.client("Ann")
    universe.advance(1)
    source = f"""{_PLACED}
    local inner = Instance.new("TextLabel", Instance.new("Frame", frame))
    local log = {{}}
    for name, part in {{ AbsoluteSize = frame, AbsolutePosition = inner }} do
        part:GetPropertyChangedSignal(name):Connect(function()
            table.insert(log, `{{name}} {{part[name].Y}}`)
        end)
    end
    frame.Size, frame.Position = UDim2.new(0.5, 10, 0, 99), UDim2.new(0.5, 0, 0.5, 1)
    frame.Size, frame.Position = UDim2.new(0.5, 10, 0, 100), UDim2.fromScale(0.5, 0.5)
    inner.Parent.Size, inner.Parent.Position = UDim2.fromScale(1, 1), UDim2.fromOffset(3, 4)
    inner.Size, inner.SizeConstraint = UDim2.new(0.5, 1, 0.25, 0), "RelativeYY"
    local first = {{ told(gui), told(frame), told(inner), told(Instance.new("Frame")) }}
    inner.SizeConstraint, frame.AnchorPoint, gui.IgnoreGuiInset = "RelativeXX", Vector2.new(0.5, 1), true
    return first, {{ told(gui), told(frame), told(inner) }}, log
    """
    assert client.run(source, parent="ReplicatedStorage") == [
        ["0 0 1280 684", "640 342 650 100", "643 346 51 25", "0 0 0 0"],
        ["0 -36 1280 720", "315 224 650 100", "318 228 326 162.5"],
        ["AbsoluteSize 99", "AbsolutePosition 343", "AbsoluteSize 100", "AbsolutePosition 342", "AbsolutePosition 346"],
    ]
    assert client.gaps == []
    server.run("return Instance.new('ScreenGui', game:GetService('Players').Ann.PlayerGui).AbsoluteSize")
    assert [gap.what for gap in server.gaps] == ["GuiBase2d.AbsoluteSize on a server"]


@pytest.mark.fact("gui.absolute")
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("Instance.new('UIListLayout', gui)", ["AbsolutePosition with a UIListLayout"]),
        ("Instance.new('UIPadding', gui)", ["AbsolutePosition with a UIPadding", "AbsoluteSize with a UIPadding"]),
        (
            "Instance.new('UIAspectRatioConstraint', frame)",
            ["AbsolutePosition with a UIAspectRatioConstraint", "AbsoluteSize with a UIAspectRatioConstraint"],
        ),
        ("frame.AutomaticSize = 'X'", ["AbsolutePosition with AutomaticSize", "AbsoluteSize with AutomaticSize"]),
        (
            "frame.Parent = Instance.new('ScrollingFrame', gui)",
            ["AbsolutePosition in a ScrollingFrame", "AbsoluteSize in a ScrollingFrame"],
        ),
        (
            "frame.Parent = Instance.new('Frame', gui) frame.Parent.Rotation = 9",
            ["AbsolutePosition in what is turned"],
        ),
        (
            "frame.Parent = Instance.new('SurfaceGui', workspace)",
            ["AbsolutePosition of a SurfaceGui", "AbsoluteSize of a SurfaceGui"],
        ),
        ("gui.ScreenInsets = 'TopbarSafeInsets'", ["AbsoluteSize with TopbarSafeInsets"]),
    ],
)
def test_what_lays_out_is_not_modelled(universe: Universe, change: str, what: list[str]) -> None:
    client = universe.client("Ann")
    universe.advance(1)
    client.run(f"{_PLACED} {change} told(frame)", parent="ReplicatedStorage")
    assert sorted({gap.what for gap in client.gaps}) == [f"GuiBase2d.{one}" for one in what]


@pytest.mark.fact("tween.play")
def test_the_tweens_of_interfaces(universe: Universe) -> None:
    client = universe.client("Ann")
    universe.advance(1)
    source = f"""{_PLACED}
    local log = {{}}
    local function note(status) table.insert(log, `{{status.Name}} {{math.round(time() * 10) / 10}}`) end
    local goal = UDim2.fromScale(1, 1)
    local begun = {{
        frame:TweenSize(goal, "Out", "Linear", 2, false, note), frame:TweenSize(goal), frame:TweenPosition(goal),
    }}
    task.wait(1)
    local half = frame.Size.X.Scale > 0.7 and frame.Size.X.Scale < 0.8
    table.insert(begun, frame:TweenSizeAndPosition(UDim2.new(), UDim2.new(), nil, nil, 0.5, true, note))
    task.wait(2)
    return begun, half, frame.Size == UDim2.new(), frame.Position == UDim2.new(), log, frame:TweenSize(goal)
    """
    assert client.run(source, parent="ReplicatedStorage") == [
        [True, False, True, True],
        True,
        True,
        True,
        ["Canceled 2", "Completed 2.5"],
        True,
    ]
    with pytest.raises(LuauError, match="Can only tween objects in the workspace"):
        client.run("Instance.new('Frame'):TweenSize(UDim2.new())", parent="ReplicatedStorage")
    with pytest.raises(LuauError, match="Unable to cast number to UDim2"):
        client.run("Instance.new('Frame'):TweenSizeAndPosition(UDim2.new(), 1)", parent="ReplicatedStorage")


@pytest.mark.fact("gui.color3", "attribute.color3")
def test_color3(universe: Universe) -> None:
    values = universe.peers[0].run("""
        local color = Color3.fromRGB(255, 102, 0)
        local h, s, v = color:ToHSV()
        local back = Color3.fromHSV(h, s, v)
        local folder = Instance.new("Folder")
        folder:SetAttribute("color", color)
        return tostring(Color3.new()), typeof(color), color.R, color.G, color:ToHex(), Color3.fromHex("#f60") == color,
            Color3.fromHex("FF6600") == color, { h, s, v }, back:ToHex(), color:Lerp(Color3.new(), 0.5).R,
            { Color3.new(0.5, 0.5, 0.5):ToHSV() }, folder:GetAttribute("color") == color, color == Color3.new(1, 0.4, 0)
    """)
    assert values == [
        "0, 0, 0",
        "Color3",
        1,
        0.4000000059604645,
        "ff6600",
        True,
        True,
        [pytest.approx(0.4 / 6), 1, 1],
        "ff6600",
        0.5,
        [0, 0, 0.5],
        True,
        True,
    ]


@pytest.mark.fact("gui.color3")
def test_hues_come_back(universe: Universe) -> None:
    source = """
        for step = 0, 23 do
            local color = Color3.fromHSV(step / 24, 0.5, 0.75)
            local h, s, v = color:ToHSV()
            assert(math.abs(h - step / 24) < 1e-6 and math.abs(s - 0.5) < 1e-6 and v == 0.75, step)
        end
        return Color3.fromHSV(1 / 3, 1, 1):ToHex(), Color3.fromHSV(2 / 3, 1, 1):ToHex()
    """
    assert universe.peers[0].run(source) == ["00ff00", "0000ff"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("Color3.fromHex('12')", "Unable to convert characters to hex value"),
        ("Color3.new(1).Red", "Red is not a valid member of Color3"),
        ("Color3.new(1):Lerp(1, 1)", "Unable to cast number to Color3"),
        ("Color3.new(1).ToHex()", "Expected ':' not '.' calling member function ToHex"),
        (
            "Instance.new('Color3Value').Value = 1",
            "Unable to assign property Value. Color3 expected, got number",
        ),
    ],
)
def test_colours_that_are_none(universe: Universe, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        universe.peers[0].run(f"local _ = {call}" if " = " not in call else call)
    assert caught.value.message == message


@pytest.mark.fact("gui.properties", "gui.color3", "tween.play")
def test_colours_are_set_faded_and_replicated(universe: Universe) -> None:
    server = universe.peers[0]
    server.spawn("""
        local label = Instance.new("TextLabel", game.ReplicatedStorage)
        label.TextColor3 = Color3.new(1, 0, 0)
        label.BackgroundColor3 = Color3.new(1, 1, 1)
        local black = { BackgroundColor3 = Color3.new() }
        game:GetService("TweenService"):Create(label, TweenInfo.new(1), black):Play()
        label:SetAttribute("color", label.TextColor3)
    """)
    client = universe.client("Ann")
    universe.advance(3)
    source = """
        local label = game.ReplicatedStorage.TextLabel
        return label.TextColor3:ToHex(), label.BackgroundColor3:ToHex(), label.BorderColor3:ToHex(),
            label:GetAttribute("color"):ToHex()
    """
    assert client.run(source, parent="Workspace") == ["ff0000", "000000", "1b2a35", "ff0000"]


DISPLAYED = {
    "TextButton": {
        "AutoLocalize": "true",
        "SelectionBehaviorUp": "Enum.SelectionBehavior.Escape",
        "SelectionGroup": "false",
        "BorderMode": "Enum.BorderMode.Outline",
        "Selectable": "true",
        "SelectionOrder": "0",
        "SizeConstraint": "Enum.SizeConstraint.RelativeXY",
        "Modal": "false",
        "Selected": "false",
        "Style": "Enum.ButtonStyle.Custom",
        "LineHeight": "1",
        "MaxVisibleGraphemes": "-1",
        "OpenTypeFeatures": "",
        "TextDirection": "Enum.TextDirection.Auto",
    },
    "Frame": {
        "Selectable": "false",
        "Style": "Enum.FrameStyle.Custom",
    },
    "ScrollingFrame": {
        "ElasticBehavior": "Enum.ElasticBehavior.WhenScrollable",
        "HorizontalScrollBarInset": "Enum.ScrollBarInset.None",
        "ScrollBarImageColor3": "1, 1, 1",
        "ScrollBarImageTransparency": "0",
        "ScrollingDirection": "Enum.ScrollingDirection.XY",
        "Selectable": "true",
        "SelectionGroup": "true",
        "VerticalScrollBarInset": "Enum.ScrollBarInset.None",
        "VerticalScrollBarPosition": "Enum.VerticalScrollBarPosition.Right",
    },
    "ScreenGui": {
        "ClipToDeviceSafeArea": "true",
        "SafeAreaCompatibility": "Enum.SafeAreaCompatibility.FullscreenExtension",
        "ScreenInsets": "Enum.ScreenInsets.CoreUISafeInsets",
    },
    "UIListLayout": {
        "HorizontalFlex": "Enum.UIFlexAlignment.None",
        "ItemLineAlignment": "Enum.ItemLineAlignment.Automatic",
        "VerticalFlex": "Enum.UIFlexAlignment.None",
        "Wraps": "false",
    },
    "UIStroke": {
        "ApplyStrokeMode": "Enum.ApplyStrokeMode.Contextual",
        "LineJoinMode": "Enum.LineJoinMode.Round",
        "ZIndex": "1",
    },
    "ImageLabel": {
        "ImageRectOffset": "0, 0",
        "ImageRectSize": "0, 0",
        "ResampleMode": "Enum.ResamplerMode.Default",
        "SliceCenter": "0, 0, 0, 0",
        "SliceScale": "1",
        "TileSize": "{1, 0}, {1, 0}",
    },
}
"""What the engine's own dump has."""


@pytest.mark.fact("gui.defaults")
@pytest.mark.parametrize("name", DISPLAYED)
def test_what_is_only_displayed_begins_as_in_the_engine(server: Peer, name: str) -> None:
    source = """
    local instance, found = Instance.new((...)), {}
    for _, name in { select(2, ...) } do found[name] = tostring(instance[name]) end
    return found
    """
    assert server.run(source, name, *DISPLAYED[name]) == [DISPLAYED[name]]


@pytest.mark.fact("gui.text_box")
def test_one_text_box_has_the_focus(server: Peer) -> None:
    source = """
    local log = {}
    local function box(name)
        local made = Instance.new("TextBox")
        made.Focused:Connect(function() table.insert(log, name .. " on") end)
        made.FocusLost:Connect(function(enter) table.insert(log, `{name} off {enter}`) end)
        return made
    end
    local a, b = box("a"), box("b")
    b.ClearTextOnFocus, b.Text = false, "four"
    local before = { a.Text, a.CursorPosition, a:IsFocused() }
    a:CaptureFocus()
    a:CaptureFocus()
    local with = { a.Text, a.CursorPosition, a:IsFocused() }
    b:CaptureFocus()
    a:ReleaseFocus(true)
    local after = { a.CursorPosition, a:IsFocused(), b.Text, b.CursorPosition, b:IsFocused() }
    b:ReleaseFocus(true)
    b:ReleaseFocus()
    task.wait()
    return before, with, after, log, b:IsFocused(), a.PlaceholderText, a.TextEditable
    """
    log = ["a on", "a off false", "b on", "b off true"]
    assert server.run(source) == [
        ["TextBox", -1, False],
        ["", 1, True],
        [-1, False, "four", 5, True],
        log,
        False,
        "",
        True,
    ]


@pytest.mark.fact("input.nobody")
def test_a_player_has_a_keyboard_and_presses_nothing(universe: Universe, server: Peer) -> None:
    source = """
    local input, log = game:GetService("UserInputService"), {}
    for _, name in { "InputBegan", "InputEnded", "TextBoxFocused", "TextBoxFocusReleased", "TouchTapInWorld" } do
        input[name]:Connect(function(...) table.insert(log, `{name} {...}`) end)
    end
    local box = Instance.new("TextBox")
    box.Name = "Chat"
    box:CaptureFocus()
    local focused = input:GetFocusedTextBox() == box
    box:ReleaseFocus()
    task.wait(10)
    return { input.KeyboardEnabled, input.MouseEnabled, input.TouchEnabled, input.GamepadEnabled, input.VREnabled },
        input:IsKeyDown(Enum.KeyCode.A), input:IsMouseButtonPressed(Enum.UserInputType.MouseButton1),
        #input:GetKeysPressed(), focused, input:GetFocusedTextBox(), log
    """
    log = ["TextBoxFocused Chat", "TextBoxFocusReleased Chat"]
    client = universe.client("Ann")
    expected = [False, False, 0, True, None, log]
    assert client.run(source, parent="ReplicatedStorage") == [[True, True, False, False, False], *expected]
    assert server.run(source) == [[False] * 5, *expected]
    with pytest.raises(LuauError, match='Invalid value "Enter" for enum KeyCode'):
        server.run("game:GetService('UserInputService'):IsKeyDown('Enter')")


@pytest.mark.fact("gui.inset", "gui.inset.height")
@pytest.mark.parametrize("height", [36, 58])
def test_the_top_bar_keeps_a_part_of_the_screen(height: int) -> None:
    source = """
    local service, changes = game:GetService("GuiService"), 0
    service:GetPropertyChangedSignal("TopbarInset"):Connect(function() changes += 1 end)
    task.wait(1)
    local first, second = service:GetGuiInset()
    return first == Vector2.new(0, ...), second == Vector2.zero, changes
    """
    with Universe(settings=Settings(gui_inset=height)) as universe:
        server, client = universe.server(), universe.client("Ann")
        assert client.run(source, height, parent="ReplicatedStorage") == [True, True, 0]
        # A server has no screen.
        with pytest.raises(LuauError, match=r"not modelled: GuiService\.GetGuiInset on a server"):
            server.run("game:GetService('GuiService'):GetGuiInset()")


@pytest.mark.fact("gui.text_bounds")
def test_what_texts_are_measured_by_is_kept(universe: Universe) -> None:
    source = """
    local params, changes = Instance.new("GetTextBoundsParams"), {}
    params.Changed:Connect(function(name) table.insert(changes, name) end)
    params.Text, params.Size, params.Width, params.RichText = "Radio", 20, math.huge, true
    params.Font = Font.fromEnum(Enum.Font.Arial)
    local copy = params:Clone()
    return { copy.Text, copy.Size, copy.Width, copy.RichText, copy.Font == Font.fromEnum(Enum.Font.Arial) }, changes
    """
    kept = ["Radio", 20, math.inf, True, True]
    assert universe.peers[0].run(source) == [kept, ["Text", "Size", "Width", "RichText", "Font"]]


@pytest.mark.fact("gui.text_bounds")
@pytest.mark.parametrize("name", ["Font", "RichText", "Size", "Text", "Width"])
def test_what_nobody_has_set_to_measure_by_is_refused(universe: Universe, name: str) -> None:
    with pytest.raises(LuauError, match=rf"not modelled: GetTextBoundsParams\.{name} before a script sets it"):
        universe.peers[0].run(f"return Instance.new('GetTextBoundsParams').{name}")
