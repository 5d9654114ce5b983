"""Animations, which move nothing but can be told to play; and what else of a scene scripts compute with."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import LuauError, Peer, Settings, Universe

_HEAD = """
local humanoid = Instance.new("Humanoid", workspace)
local animator = Instance.new("Animator", humanoid)
local animation = Instance.new("Animation")
animation.Name = "Wave"
local log, began = {}, time()
local function note(...)
    table.insert(log, string.format("%s %.1f", table.concat({ ... }, " "), time() - began))
end
local function load()
    local track = animator:LoadAnimation(animation)
    for _, event in { "Stopped", "Ended", "DidLoop" } do
        track[event]:Connect(function() note(event) end)
    end
    return track
end
"""


def do(peer: Peer, source: str) -> list[Any]:
    return peer.run(_HEAD + source)


@pytest.mark.fact("animation.track", "animation.length")
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_track_plays_to_its_end(seconds: float) -> None:
    with Universe(settings=Settings(animation_seconds=seconds)) as universe:
        server = universe.server()
        played = do(
            server,
            """
            local track = load()
            for _, from in { animator, humanoid } do
                from.AnimationPlayed:Connect(function(played) note(from.ClassName, played.Name) end)
            end
            track:Play()
            local length, playing = track.Length, track.IsPlaying
            task.wait(length / 2)
            local half = math.round(track.TimePosition / length * 20) / 20
            task.wait(length)
            return log, length, playing, half, track.IsPlaying, track.Animation == animation, track.Speed
            """,
        )
    assert played == [
        ["Animator Wave 0.0", "Humanoid Wave 0.0", f"Stopped {seconds:.1f}", f"Ended {seconds:.1f}"],
        seconds,
        True,
        0.5,
        False,
        True,
        1,
    ]


@pytest.mark.fact("animation.track")
def test_a_looped_track_goes_on_until_it_is_stopped(server: Peer) -> None:
    assert do(
        server,
        """
        local track = load()
        track.Looped = true
        track:Play()
        task.wait(2.5)
        track:Stop(0.5)
        track:Stop()
        task.wait(1)
        return log
        """,
    ) == [["DidLoop 1.0", "DidLoop 2.0", "Stopped 2.5", "Ended 3.0"]]


@pytest.mark.fact("animation.track")
def test_how_fast_a_track_plays(server: Peer) -> None:
    assert do(
        server,
        """
        local track = load()
        track:Play(0.1, 0.5, 2)
        local weight, speed = track.WeightTarget, track.Speed
        task.wait(0.25)
        track:AdjustSpeed(0)
        task.wait(5)
        local stands = track.IsPlaying and track.TimePosition
        track:AdjustSpeed(-1)
        track:AdjustWeight(0.25)
        task.wait(2)
        local back = load()
        back:Play(0, 1, -2)
        task.wait(0.25)
        back.TimePosition = 0.9
        task.wait(1)
        return weight, speed, math.round(stands * 10), track.WeightTarget, log
        """,
    ) == [0.5, 2, 5, 0.25, ["Stopped 5.8", "Ended 5.8", "Stopped 8.0", "Ended 8.0"]]


@pytest.mark.fact("animation.track")
def test_a_track_that_plays_again_has_not_ended(server: Peer) -> None:
    assert do(
        server,
        """
        local track = load()
        track:Play()
        task.wait(0.5)
        track:Stop()
        track:Play()
        task.wait(0.8)
        return log, #animator:GetPlayingAnimationTracks(), #humanoid:GetPlayingAnimationTracks(),
            track.TimePosition > 0.7
        """,
    ) == [["Stopped 0.5"], 1, 1, True]


@pytest.mark.fact("animation.track")
@pytest.mark.parametrize("holder", ["Humanoid", "AnimationController"])
def test_older_ways_to_a_track(server: Peer, holder: str) -> None:
    assert do(
        server,
        f"""
        local holder = Instance.new("{holder}")
        local track = holder:LoadAnimation(animation)
        track:Play()
        return #holder:GetPlayingAnimationTracks(), #holder:GetChildren(), holder.Animator.ClassName
        """,
    ) == [1, 1, "Animator"]
    with pytest.raises(LuauError, match="Unable to cast value to Object"):
        do(server, f"Instance.new('{holder}'):LoadAnimation(workspace)")


# Where things are on the screen


@pytest.mark.fact("camera.projection")
def test_a_point_is_where_its_ray_goes(universe: Universe) -> None:
    universe.server()
    ann = universe.client("Ann")
    universe.advance(1)
    source = """
        local camera = workspace.CurrentCamera
        camera.CFrame = CFrame.lookAt(Vector3.new(3, 4, 5), Vector3.new(-1, 2, -6))
        camera.FieldOfView = 90
        local point = Vector3.new(-2, 1, -3)
        local at, seen = camera:WorldToViewportPoint(point)
        local onScreen = camera:WorldToScreenPoint(point)
        local ray, same = camera:ViewportPointToRay(at.X, at.Y), camera:ScreenPointToRay(onScreen.X, onScreen.Y)
        local far = camera:ViewportPointToRay(at.X, at.Y, 2)
        local middle = camera:WorldToViewportPoint(camera.CFrame * Vector3.new(0, 0, -7))
        local _, behind = camera:WorldToViewportPoint(camera.CFrame * Vector3.new(0, 0, 7))
        local _, beside = camera:WorldToViewportPoint(camera.CFrame * Vector3.new(20, 0, -7))
        local top = camera:WorldToViewportPoint(camera.CFrame * Vector3.new(0, 7, -7))
        return seen, ray:Distance(point) < 1e-3, vector.magnitude(ray.Direction - same.Direction) < 1e-5,
            at.Y - onScreen.Y, math.abs(vector.magnitude(ray.Direction) - 1) < 1e-6,
            ray.Origin == camera.CFrame.Position,
            math.round(vector.magnitude(far.Origin - ray.Origin) * 1000), tostring(middle), behind, beside,
            math.round(top.X), math.round(top.Y)
    """
    assert ann.run(source, parent="ReplicatedStorage") == [
        True,
        True,
        True,
        36,
        True,
        True,
        2000,
        "640, 360, 7",
        False,
        False,
        640,
        0,
    ]
    with pytest.raises(LuauError, match=r"not modelled: Camera\.FieldOfViewMode = Diagonal"):
        ann.run(
            "workspace.CurrentCamera.FieldOfViewMode = 'Diagonal' workspace.CurrentCamera:ViewportPointToRay(1, 1)",
            parent="ReplicatedStorage",
        )


@pytest.mark.fact("model.bounds")
def test_the_box_around_a_model_is_turned_as_its_pivot_is(server: Peer) -> None:
    assert server.run("""
        local model = Instance.new("Model")
        local empty = { model:GetBoundingBox() }
        local first = Instance.new("Part", model)
        first.Size = Vector3.new(2, 4, 6)
        first.CFrame = CFrame.new(10, 0, 0) * CFrame.Angles(0, math.pi / 2, 0)
        local second = first:Clone()
        second.Position += Vector3.new(0, 10, 0)
        second.Parent = Instance.new("Folder", model)
        local frame, size = model:GetBoundingBox()
        model.PrimaryPart = first
        local turned = model:GetBoundingBox()
        return tostring(empty[1].Position), tostring(empty[2]), tostring(frame.Position), tostring(size),
            tostring(model:GetExtentsSize()), tostring(turned.Position), turned.Rotation == first.CFrame.Rotation
    """) == ["0, 0, 0", "0, 0, 0", "10, 5, 0", "6, 14, 2", "2, 14, 6", "10, 5, 0", True]


# Groups


@pytest.mark.fact("player.groups")
def test_who_is_in_a_group(universe: Universe) -> None:
    server = universe.server()
    universe.client("Ann", user_id=7)
    universe.advance(1)
    groups = universe.cloud().groups
    asks = "local ann = game.Players.Ann return ann:IsInGroup(5), ann:GetRankInGroup(5), ann:GetRoleInGroup(5), "
    asks += "ann:IsInGroupAsync(5), ann:GetRankInGroupAsync(5), ann:GetRoleInGroupAsync(5)"
    assert server.run(asks) == [False, 0, "Guest"] * 2
    groups.join(7, 5)
    groups.join(7, 6, rank=255, role="Owner")
    groups.join(8, 5, rank=2)
    assert server.run(asks) == [True, 1, "Member"] * 2
    assert server.run("return game.Players.Ann:GetRankInGroup(6), game.Players.Ann:GetRoleInGroup(6)") == [255, "Owner"]
    groups.leave(7, 5)
    groups.leave(7, 5)
    assert server.run(asks) == [False, 0, "Guest"] * 2
    for rank in (0, 256):
        with pytest.raises(ValueError, match=f"the rank of a member is from 1 to 255, not {rank}"):
            groups.join(7, 5, rank=rank)
    with universe.cloud().faults.fail("Player.GetRankInGroup"), pytest.raises(LuauError, match="HTTP 500"):
        server.run("game.Players.Ann:GetRankInGroup(5)")
