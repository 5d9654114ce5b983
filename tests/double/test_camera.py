"""The camera of each player."""

from __future__ import annotations

import pytest

from roblox_double import Settings, Universe

CAMERA = """
    local camera = workspace.CurrentCamera
    return camera.ClassName, camera.Name, camera.Parent == workspace, camera.FieldOfView, camera.ViewportSize.X,
        camera.ViewportSize.Y
"""


@pytest.mark.fact("camera.current", "camera.viewport_width", "camera.viewport_height")
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_a_client_has_a_camera(width: int, height: int) -> None:
    with Universe(settings=Settings(viewport_width=width, viewport_height=height)) as universe:
        universe.server()
        ann, ben = universe.client("Ann"), universe.client("Ben")
        universe.advance(1)
        for client in (ann, ben):
            assert client.run(CAMERA, parent="ReplicatedStorage") == ["Camera", "Camera", True, 70, width, height]
        ann.run("workspace.CurrentCamera.FieldOfView = 90", parent="ReplicatedStorage")
        universe.advance(1)
        assert ben.run("return workspace.CurrentCamera.FieldOfView", parent="ReplicatedStorage") == [70]
        assert ann.gaps == ben.gaps == []


@pytest.mark.fact("camera.current")
def test_a_server_has_none(universe: Universe) -> None:
    server = universe.server()
    assert server.run("return workspace.CurrentCamera, Instance.new('Camera').ViewportSize.X") == [None, 0]
    assert [gap.what for gap in server.gaps] == ["Camera.ViewportSize on a server"]
