"""Where the data that belongs to the package lies: beside it in a checkout, inside it in a wheel."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def _data_root() -> Path:
    packaged = Path(str(resources.files("audioscape_luau"))) / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def spec_file() -> Path:
    """Return the path of the OpenAPI document of the AudioScape API."""
    return _data_root() / "spec" / "audioscape.openapi.yaml"


def luau_root() -> Path:
    """Return the folder that holds the shipped Luau: `AudioScapeClient/` and `examples/`."""
    return _data_root() / "luau"


def checkout() -> Path | None:
    """Return the folder of the repository, None in an installed wheel: tests and documentation do not come with it."""
    root = Path(__file__).parents[2]
    return root if (root / "tests").is_dir() and (root / "pyproject.toml").is_file() else None
