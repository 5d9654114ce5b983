"""Markers and options shared by all tests."""

from __future__ import annotations

import pytest

from audioscape_luau.engine import Universe


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--vm",
        choices=["pluau", "lune"],
        default="pluau",
        help="where the Luau of universes runs that do not say so themselves",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "fact(*ids): the facts about the Roblox engine (engine/facts.toml) that a test shows"
    )
    Universe.default_vm = config.getoption("vm")
