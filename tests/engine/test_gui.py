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
