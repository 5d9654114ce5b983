"""Wires and what they connect."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer

SETUP = """
local function make(class) local made = Instance.new(class) made.Parent = workspace return made end
local function wire(source, target)
    local made = make("Wire")
    made.SourceInstance, made.TargetInstance = source, target
    return made
end
local player, fader, output = make("AudioPlayer"), make("AudioFader"), make("AudioDeviceOutput")
"""


@pytest.mark.fact("wire.connected")
def test_a_wire_needs_both_ends_and_their_pins(either: Peer) -> None:
    assert either.run(
        SETUP
        + """
        local log, line = {}, make("Wire")
        local function note() table.insert(log, line.Connected) end
        note() line.SourceInstance = player note() line.TargetInstance = fader note()
        line.TargetName = "Sidechain" note() line.TargetName = "Input" note()
        line.SourceInstance = workspace note() line.SourceInstance = output note() line.SourceInstance = player note()
        fader:Destroy() note() line.TargetInstance = output note() line:Destroy() note()
        return log"""
    ) == [[False, False, True, False, True, False, False, True, False, True, False]]


@pytest.mark.fact("wire.connected")
def test_a_circle_is_refused_until_it_is_broken(either: Peer) -> None:
    assert either.run(
        SETUP
        + """
        local second = make("AudioFader")
        local there, back = wire(fader, second), wire(second, fader)
        local before = back.Connected
        there:Destroy()
        return before, back.Connected, wire(fader, fader).Connected"""
    ) == [False, True, False]
    assert [line.text for line in either.output] == ["Workspace.Wire would make the audio graph cyclic"] * 2


@pytest.mark.fact("wire.pins")
@pytest.mark.parametrize(
    ("class_name", "inputs", "outputs"),
    [
        ("AudioPlayer", [], ["Output"]),
        ("AudioFader", ["Input"], ["Output"]),
        ("AudioDeviceOutput", ["Input"], []),
        ("AudioEmitter", ["Input"], []),
        ("AudioListener", [], ["Output"]),
    ],
)
def test_pins(server: Peer, class_name: str, inputs: list[str], outputs: list[str]) -> None:
    assert server.run("local it = Instance.new(...) return it:GetInputPins(), it:GetOutputPins()", class_name) == [
        inputs,
        outputs,
    ]


@pytest.mark.fact("wire.wiring_changed")
def test_both_ends_are_told(either: Peer) -> None:
    assert either.run(
        SETUP
        + """
        local log = {}
        for _, it in { player, fader } do
            it.WiringChanged:Connect(function(connected, pin, line, other)
                table.insert(log, `{it} {connected} {pin} {line} {other}`)
            end)
        end
        local line = wire(player, fader)
        local wires = player:GetConnectedWires("Output")
        table.insert(log, `{#wires} {wires[1] == line} {#fader:GetConnectedWires("Output")}`)
        task.wait()
        line:Destroy()
        task.wait()
        table.sort(log)
        return log"""
    ) == [
        [
            "1 true 0",
            "AudioFader false Input Wire AudioPlayer",
            "AudioFader true Input Wire AudioPlayer",
            "AudioPlayer false Output Wire AudioFader",
            "AudioPlayer true Output Wire AudioFader",
        ]
    ]


@pytest.mark.fact("wire.connected")
def test_a_copied_graph_is_connected_in_itself(either: Peer) -> None:
    assert either.run(
        SETUP
        + """
        local line = wire(player, output)
        for _, it in { output, line } do it.Parent = player end
        local copy = player:Clone()
        task.wait()
        return copy.Wire.Connected, copy.Wire.SourceInstance == copy, line.Connected"""
    ) == [True, True, True]


@pytest.mark.fact("audio_fader.bounds")
def test_faders(server: Peer) -> None:
    assert server.run(
        SETUP + "local before = fader.Volume fader.Volume = 4 return before, fader.Volume, fader.Bypass"
    ) == [
        1,
        3,
        False,
    ]


@pytest.mark.fact("audio_emitter.group")
def test_interaction_groups(server: Peer) -> None:
    assert server.run(
        SETUP
        + """
        local emitter, listener = make("AudioEmitter"), make("AudioListener")
        local both = { #emitter:GetInteractingListeners(), #listener:GetInteractingEmitters() }
        listener.AudioInteractionGroup = "elsewhere"
        local none = #emitter:GetInteractingListeners()
        emitter.AudioInteractionGroup = "elsewhere"
        emitter:Destroy()
        return both, none, #listener:GetInteractingEmitters()"""
    ) == [[1, 1], 0, 0]


@pytest.mark.parametrize(
    "snippet", ["make('AudioAnalyzer'):GetSpectrum()", "make('AudioEmitter'):SetDistanceAttenuation({})"]
)
def test_what_is_not_modelled_says_so(server: Peer, snippet: str) -> None:
    with pytest.raises(LuauError, match="not modelled"):
        server.run(SETUP + snippet)
