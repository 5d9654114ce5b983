"""What players press: UserInputService and the actions of ContextActionService."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import LuauError, Peer, Universe

_OPEN = """
local input = game:GetService("UserInputService")
local actions = game:GetService("ContextActionService")
"""
_TELL = (
    _OPEN
    + """
for _, event in { "InputBegan", "InputEnded" } do
    input[event]:Connect(function(object, processed)
        print(event, object.KeyCode.Name, object.UserInputType.Name, object.UserInputState.Name, processed)
    end)
end
input.LastInputTypeChanged:Connect(function(kind) print("now", kind.Name) end)
"""
)


@pytest.fixture
def ann(universe: Universe) -> Peer:
    universe.server()
    client = universe.client("Ann")
    universe.advance(1)
    return client


def texts(peer: Peer) -> list[str]:
    """Return what was printed since the last look."""
    lines = [line.text for line in peer.output]
    peer.output.clear()
    return lines


def do(peer: Peer, source: str) -> list[Any]:
    return list(peer.run(_OPEN + source, parent="ReplicatedStorage"))


@pytest.mark.fact("input.pressed")
def test_keys_and_buttons_go_down_and_up(ann: Peer) -> None:
    ann.spawn(_TELL, parent="ReplicatedStorage")
    state = """
    return input:IsKeyDown("E"), input:IsMouseButtonPressed(Enum.UserInputType.MouseButton1), #input:GetKeysPressed(),
        #input:GetMouseButtonsPressed(), input:GetLastInputType().Name
    """
    assert do(ann, state) == [False, False, 0, 0, "None"]
    ann.hold("E")
    ann.hold("MouseButton1", at=(30, 40))
    assert do(ann, state) == [True, True, 1, 1, "MouseButton1"]
    source = "return input:GetKeysPressed()[1].KeyCode.Name, tostring(input:GetMouseButtonsPressed()[1].Position)"
    assert do(ann, source) == ["E", "30, 40, 0"]
    ann.release("E")
    ann.release("MouseButton1")
    ann.tap("ButtonA")
    assert do(ann, state) == [False, False, 0, 0, "Gamepad1"]
    assert texts(ann) == [
        "now Keyboard",
        "InputBegan E Keyboard Begin false",
        "now MouseButton1",
        "InputBegan None MouseButton1 Begin false",
        "InputEnded E Keyboard End false",
        "InputEnded None MouseButton1 End false",
        "now Gamepad1",
        "InputBegan ButtonA Gamepad1 Begin false",
        "InputEnded ButtonA Gamepad1 End false",
    ]
    with pytest.raises(LuauError, match="E is not held down"):
        ann.release("E")
    ann.hold("E")
    with pytest.raises(LuauError, match="E is held down already"):
        ann.hold("E")
    with pytest.raises(LuauError, match="Enter key is neither a KeyCode nor a UserInputType"):
        ann.tap("Enter key")


@pytest.mark.fact("input.pressed")
def test_who_types_is_not_playing(ann: Peer) -> None:
    ann.spawn(_TELL + "actions:BindAction('use', print, false, Enum.KeyCode.E)", parent="ReplicatedStorage")
    do(ann, "Instance.new('TextBox', game.Players.LocalPlayer.PlayerGui):CaptureFocus()")
    ann.hold("E")
    assert texts(ann)[-1] == "InputBegan E Keyboard Begin true"


_BIND = """
local function use(result)
    return function(name, state, object)
        print(name, state.Name, object.KeyCode.Name)
        return result
    end
end
"""


@pytest.mark.fact("input.actions")
def test_actions_take_what_is_bound_to_them(ann: Peer) -> None:
    ann.spawn(
        _TELL + _BIND + "actions:BindAction('use', use(), true, Enum.KeyCode.E, Enum.KeyCode.ButtonX)",
        parent="ReplicatedStorage",
    )
    ann.tap("E")
    ann.tap("F")
    ann.tap("ButtonX")
    assert [text for text in texts(ann) if not text.startswith("now")] == [
        "use Begin E",
        "InputBegan E Keyboard Begin true",
        "use End E",
        "InputEnded E Keyboard End true",
        "InputBegan F Keyboard Begin false",
        "InputEnded F Keyboard End false",
        "use Begin ButtonX",
        "InputBegan ButtonX Gamepad1 Begin true",
        "use End ButtonX",
        "InputEnded ButtonX Gamepad1 End true",
    ]
    do(ann, "actions:UnbindAction('use')")
    ann.tap("E")
    assert texts(ann)[-2:] == ["InputBegan E Keyboard Begin false", "InputEnded E Keyboard End false"]


@pytest.mark.fact("input.actions")
def test_the_most_important_and_the_latest_action_comes_first_and_may_pass(ann: Peer) -> None:
    source = (
        _OPEN
        + _BIND
        + """
    local pass = Enum.ContextActionResult.Pass
    actions:BindAction("first", use(), false, Enum.KeyCode.E)
    actions:BindAction("second", use(pass), false, Enum.UserInputType.Keyboard)
    actions:BindActionAtPriority("third", use(pass), false, 3000, Enum.KeyCode.E)
    actions:BindActionAtPriority("last", use(Enum.ContextActionResult.Sink), false, 1, Enum.KeyCode.E)
    actions:BindAction("second", use(pass), false, Enum.KeyCode.E)
    """
    )
    ann.spawn(source, parent="ReplicatedStorage")
    ann.hold("E")
    assert texts(ann) == ["third Begin E", "second Begin E", "first Begin E"]
    info = """
    local all, one = actions:GetAllBoundActionInfo(), actions:GetBoundActionInfo("third")
    return all.first.stackOrder, all.last.stackOrder, one.priorityLevel, one.createTouchButton, one.inputTypes[1].Name,
        one.stackOrder, next(actions:GetBoundActionInfo("none")), actions:GetButton("third")
    """
    assert do(ann, info) == [1, 0, 3000, False, "E", 3, None, None]
    do(ann, "actions:SetTitle('first', 'Go') actions:UnbindAllActions() actions:UnbindAction('none')")
    texts(ann)
    ann.release("E")
    assert texts(ann) == []


@pytest.mark.fact("input.actions")
def test_an_action_that_fails_or_waits_takes_its_input(universe: Universe, ann: Peer) -> None:
    ann.spawn(
        _TELL
        + """
        actions:BindAction("broken", function() error("mine") end, false, Enum.KeyCode.E)
        actions:BindAction("slow", function() task.wait(1) print("done") end, false, Enum.KeyCode.F)
        """,
        parent="ReplicatedStorage",
    )
    ann.hold("E")
    ann.hold("F")
    universe.advance(2)
    seen = texts(ann)
    assert "InputBegan E Keyboard Begin true" in seen
    assert seen[-2:] == ["InputBegan F Keyboard Begin true", "done"]
    with pytest.raises(LuauError, match="ContextActionService can only be used by local scripts"):
        universe.peers[0].run(_OPEN + "actions:BindAction('x', print, false, Enum.KeyCode.E)")


@pytest.mark.fact("gui.menu")
def test_the_menu_opens_and_closes(ann: Peer) -> None:
    source = """
    local gui = game:GetService("GuiService")
    for _, event in { "MenuOpened", "MenuClosed" } do
        gui[event]:Connect(function() print(event, gui.MenuIsOpen) end)
    end
    """
    ann.spawn(source, parent="ReplicatedStorage")
    for action in (ann.close_menu, ann.open_menu, ann.open_menu, ann.close_menu):
        action()
    assert texts(ann) == ["MenuOpened true", "MenuClosed false"]
    source = "local gui = game:GetService('GuiService') return gui:IsTenFootInterface(), gui:GetEmotesMenuOpen()"
    assert do(ann, source) == [False, False]
