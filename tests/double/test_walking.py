"""Humanoids walk where scripts send them."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import LuauError, Peer, Universe

_NPC = """
local model = Instance.new("Model", workspace)
local root = Instance.new("Part", model)
root.Name = "HumanoidRootPart"
root.Position = Vector3.new(0, 3, 0)
local head = Instance.new("Part", model)
head.Position = Vector3.new(0, 5, 0)
local humanoid = Instance.new("Humanoid", model)
local began, log = time(), {}
humanoid.MoveToFinished:Connect(function(reached) table.insert(log, { reached, math.round((time() - began) * 10) }) end)
local function at(part) return math.round(part.Position.X), math.round(part.Position.Y), math.round(part.Position.Z) end
"""


def do(peer: Peer, source: str) -> list[Any]:
    return peer.run(_NPC + source)


@pytest.mark.fact("humanoid.walk")
def test_it_walks_to_a_place(server: Peer) -> None:
    assert do(
        server,
        """
        humanoid:MoveTo(Vector3.new(33, 0, 0))
        task.wait(1)
        local x, y, z = at(head)
        local way, look = tostring(humanoid.MoveDirection), vector.dot(root.CFrame.LookVector, Vector3.xAxis)
        task.wait(2)
        return { x, y, z }, way, math.round(look * 100), { at(root) }, { at(head) }, log,
            tostring(humanoid.MoveDirection), tostring(humanoid.WalkToPoint)
        """,
    ) == [[16, 5, 0], "1, 0, 0", 100, [32, 3, 0], [32, 5, 0], [[True, 20]], "0, 0, 0", "33, 0, 0"]


@pytest.mark.fact("humanoid.walk")
@pytest.mark.parametrize(
    "obstacle", ["root.Anchored = true", "humanoid.WalkSpeed = 0", "humanoid.Health = 0", "root.Name = 'Body'"]
)
def test_what_cannot_get_there_gives_up(server: Peer, obstacle: str) -> None:
    assert do(server, f"{obstacle} humanoid:MoveTo(Vector3.new(33, 0, 0)) task.wait(20) return log, at(head)") == [
        [[False, 80]],
        0,
        5,
        0,
    ]


@pytest.mark.fact("humanoid.walk")
def test_the_goal_moves_along_with_a_part(server: Peer) -> None:
    assert do(
        server,
        """
        local cart = Instance.new("Part", workspace)
        humanoid.AutoRotate = false
        humanoid:MoveTo(Vector3.new(10, 0, 0), cart)
        cart.Position += Vector3.new(0, 0, 20)
        task.wait(5)
        return { at(root) }, log[1][1], root.CFrame.LookVector == -Vector3.zAxis, humanoid.WalkToPart == cart
        """,
    ) == [[10, 3, 19], True, True, True]
    with pytest.raises(LuauError, match="Unable to cast value to Object"):
        do(server, "humanoid:MoveTo(Vector3.zero, model)")


@pytest.mark.fact("humanoid.walk")
def test_it_walks_on_in_a_direction(server: Peer) -> None:
    assert do(
        server,
        """
        humanoid:MoveTo(Vector3.new(500, 0, 0))
        humanoid:Move(Vector3.new(0, 5, -2))
        task.wait(20)
        local far = { at(root) }
        humanoid:Move(Vector3.zero)
        task.wait(1)
        return far, root.Position.Z == far[3], #log
        """,
    )[0::2] == [[0, 3, -320], 0]


@pytest.mark.fact("humanoid.walk")
def test_a_direction_as_the_camera_looks(universe: Universe) -> None:
    universe.server()
    ann = universe.client("Ann")
    universe.advance(1)
    assert ann.run(
        _NPC
        + """
        workspace.CurrentCamera.CFrame = CFrame.lookAlong(Vector3.zero, Vector3.xAxis)
        humanoid:Move(Vector3.new(0, 0, -1), true)
        task.wait(1)
        return at(root)
        """,
        parent="ReplicatedStorage",
    ) == [16, 3, 0]
