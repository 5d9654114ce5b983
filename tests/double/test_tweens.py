"""Tweens of numbers, as scripts fade music with them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from roblox_double import FRAME, LuauError, Peer, Universe

HEAD = """
local tweens = game:GetService("TweenService")
local sound = Instance.new("Sound", workspace)
local function make(info: TweenInfo?, goals)
    return tweens:Create(sound, info or TweenInfo.new(1, Enum.EasingStyle.Linear), goals or { Volume = 1.5 })
end
local ends = {}
local function watch(tween)
    tween.Completed:Connect(function(state)
        table.insert(ends, state.Name)
    end)
    return tween
end
"""


def run(peer: Peer, source: str) -> list[Any]:
    return list(peer.run(HEAD + source))


@pytest.mark.fact("tween.play")
def test_a_fade(either: Peer) -> None:
    values = run(
        either,
        """
        local started = os.clock()
        local tween = make(TweenInfo.new(2, Enum.EasingStyle.Linear), { Volume = 0, PlaybackSpeed = 2 })
        tween:Play()
        task.wait(1)
        local half, speed = sound.Volume, sound.PlaybackSpeed
        local state = tween.Completed:Wait()
        return half, speed, state.Name, os.clock() - started, sound.Volume, sound.PlaybackSpeed,
            tween.Instance == sound, tween.TweenInfo.Time, tween.PlaybackState.Name
        """,
    )
    assert values == [
        pytest.approx(0.25, abs=0.01),
        pytest.approx(1.5, abs=0.02),
        "Completed",
        pytest.approx(2, abs=2 * FRAME),
        0,
        2,
        True,
        2,
        "Completed",
    ]


@pytest.mark.fact("tween.play")
def test_a_tween_of_no_time_is_done_in_the_next_frame(server: Peer) -> None:
    assert run(
        server,
        """
        make(TweenInfo.new(0)):Play()
        local before = sound.Volume
        task.wait()
        task.wait()
        return before, sound.Volume
        """,
    ) == [0.5, 1.5]


@pytest.mark.fact("tween.states")
def test_states(either: Peer) -> None:
    states, volumes, ends = run(
        either,
        """
        local tween = watch(make(TweenInfo.new(1, Enum.EasingStyle.Linear, nil, nil, nil, 0.5)))
        local states, volumes = { tween.PlaybackState.Name }, {}
        local function look(seconds)
            task.wait(seconds)
            table.insert(states, tween.PlaybackState.Name)
            table.insert(volumes, sound.Volume)
        end
        tween:Cancel() -- it has not begun
        tween:Play()
        look(0.2)
        tween:Pause() -- not while it is delayed
        look(0.8)
        tween:Play() -- it runs
        tween:Pause()
        look(1)
        tween:Play()
        look(0.3)
        tween:Cancel()
        look(1)
        tween:Play()
        look(0.25)
        look(5)
        return states, volumes, ends
        """,
    )
    assert states == [
        "Begin",
        "Delayed",
        "Playing",
        "Paused",
        "Playing",
        "Cancelled",
        "Delayed",
        "Completed",
    ]
    assert volumes == [pytest.approx(value, abs=0.06) for value in (0.5, 1, 1, 1.3, 1.3, 1.3, 1.5)]
    assert ends == ["Cancelled", "Completed"]


@pytest.mark.fact("tween.same_property")
def test_the_later_tween_of_a_property_wins(either: Peer) -> None:
    values = run(
        either,
        """
        local first = watch(make(nil, { Volume = 10, PlaybackSpeed = 5 }))
        local other = make(nil, { RollOffMinDistance = 20 })
        first:Play()
        other:Play()
        task.wait(0.5)
        local second = make(nil, { Volume = 0 })
        second:Play()
        task.wait(2)
        return sound.Volume, sound.PlaybackSpeed < 5, sound.RollOffMinDistance, first.PlaybackState.Name, ends
        """,
    )
    assert values == [0, True, 20, "Cancelled", ["Cancelled"]]


@pytest.mark.fact("tween.repeats")
@pytest.mark.parametrize(
    ("repeats", "reverses", "seconds", "last"), [(2, "false", 3, 1.5), (0, "true", 2, 0.5), (1, "true", 4, 0.5)]
)
def test_repeats(server: Peer, repeats: int, reverses: str, seconds: float, last: float) -> None:
    values = run(
        server,
        f"""
        local started = os.clock()
        local tween = make(TweenInfo.new(1, Enum.EasingStyle.Linear, Enum.EasingDirection.In, {repeats}, {reverses}))
        tween:Play()
        task.wait({seconds} - 0.25)
        local near = sound.Volume
        tween.Completed:Wait()
        return os.clock() - started, near, sound.Volume
        """,
    )
    near = 0.75 if reverses == "true" else 1.25
    assert values == [pytest.approx(seconds, abs=2 * FRAME), pytest.approx(near, abs=0.03), last]


@pytest.mark.fact("tween.repeats")
def test_for_ever(server: Peer) -> None:
    source = """
    local tween = make(TweenInfo.new(1, Enum.EasingStyle.Linear, nil, -1))
    tween:Play()
    task.wait(100)
    return tween.PlaybackState.Name
    """
    assert run(server, source) == ["Playing"]


@pytest.mark.fact("tween.easing")
def test_easing(server: Peer) -> None:
    values: Any = server.run("""
        local tweens, out = game:GetService("TweenService"), {}
        for _, style in Enum.EasingStyle:GetEnumItems() do
            local curve = {}
            for _, direction in Enum.EasingDirection:GetEnumItems() do
                local points = {}
                for step = -1, 9 do
                    points[step + 2] = tweens:GetValue(step / 8, style, direction)
                end
                curve[direction.Name] = points
            end
            out[style.Name] = curve
        end
        return out
    """)[0]
    assert len(values) == 11
    for curve in values.values():
        forward, back, both = curve["In"], curve["Out"], curve["InOut"]
        for points in (forward, back, both):
            assert [*points[:2], *points[-2:]] == [0, 0, 1, 1]
        assert back == [pytest.approx(1 - value, abs=1e-12) for value in reversed(forward)]
        assert both[1:6] == [pytest.approx(value / 2, abs=1e-12) for value in forward[1:10:2]]
    assert values["Quad"]["Out"][5] == 0.75
    assert values["Sine"]["In"][5] == pytest.approx(1 - math.sqrt(0.5))


@pytest.mark.fact("tween.play")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("make(nil, { Nope = 1 })", "TweenService:Create no property named 'Nope' for object 'Sound'"),
        ("make(nil, { Play = 1 })", "TweenService:Create no property named 'Play' for object 'Sound'"),
        (
            "make(nil, { SoundId = 1 })",
            "TweenService:Create property named 'SoundId' cannot be tweened due to type mismatch "
            "(property is a 'string', but given type is 'double')",
        ),
        (
            "make(nil, { Volume = 'x' })",
            "TweenService:Create property named 'Volume' cannot be tweened due to type mismatch "
            "(property is a 'float', but given type is 'string')",
        ),
        ("make(nil, { Looped = true })", "not modelled: tweens of the type boolean"),
        ("tweens:Create(sound, 1, {})", "Unable to cast number to TweenInfo"),
        ("tweens:Create(sound, TweenInfo.new())", "Argument 3 missing or nil"),
        ("tweens:GetValue(0.5, 'Wavy', 'In')", 'Invalid value "Wavy" for enum EasingStyle'),
        ("TweenInfo.new(1, Enum.KeyCode.A)", 'Invalid value "Enum.KeyCode.A" for enum EasingStyle'),
        ("make(nil).PlaybackState = 1", "Unable to assign property PlaybackState. Property is read only"),
        ("Instance.new('Tween')", 'Unable to create an Instance of type "Tween"'),
        ("tweens:SmoothDamp(1, 2, 3, 4)", "not modelled: TweenService.SmoothDamp"),
    ],
)
def test_refusals(server: Peer, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        run(server, call)
    assert caught.value.message == message


def test_tween_info(server: Peer) -> None:
    source = """
    local info = TweenInfo.new()
    return tostring(info), typeof(info), info.RepeatCount, info.Reverses, info.EasingStyle.Name, info.DelayTime
    """
    text = "Time:1 DelayTime:0 RepeatCount:0 Reverses:False EasingDirection:Out EasingStyle:Quad"
    assert server.run(source) == [text, "TweenInfo", 0, False, "Quad", 0]


@pytest.mark.fact("tween.play", "replication.changes")
def test_a_fade_on_the_server_is_seen_by_clients() -> None:
    with Universe() as universe:
        server, client = universe.server(), universe.client("Ann")
        server.spawn(HEAD + "make(TweenInfo.new(1), { Volume = 0 }):Play()")
        universe.advance(3)
        assert client.run("return workspace.Sound.Volume", parent="Players.Ann.PlayerScripts") == [0]
