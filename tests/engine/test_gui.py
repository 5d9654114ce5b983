"""Interfaces: what is set on them is kept, and buttons can be pressed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audioscape_luau.engine import LuauError, Peer, Universe

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


def test_layout_is_not_modelled(universe: Universe) -> None:
    with pytest.raises(LuauError, match=r"not modelled: .*AbsoluteSize"):
        universe.peers[0].run("return Instance.new('Frame').AbsoluteSize")


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
