"""A tool is found on PATH, or where `scripts/tools` has built it."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.programs import find_tool


def put(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "saw").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "saw").chmod(0o755)
    return str(folder / "saw")


def test_the_newest_is_taken_unless_path_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIOSCAPE_TOOLS", str(tmp_path))
    assert find_tool("saw") is None
    put(tmp_path / "saw-0.9.2" / "bin")
    newest = put(tmp_path / "saw-0.11.1" / "bin")
    put(tmp_path / "saw-0.2.30" / "bin")
    assert find_tool("saw") == newest
    own = put(tmp_path / "own")
    monkeypatch.setenv("PATH", str(tmp_path / "own"))
    assert find_tool("saw") == own
