"""Markers shared by all tests."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "fact(*ids): the facts about the Roblox engine (engine/facts.toml) that a test shows"
    )
