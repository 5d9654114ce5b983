"""The script trees in a Roblox model file, as `rojo build` writes it and Studio saves it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from roblox_double.project.script_tree import ProjectError, ScriptTree
from roblox_double.vm.lune import find_lune

_READER = Path(__file__).parents[1] / "vm" / "lune_side" / "model.luau"


def load_model(path: Path) -> tuple[ScriptTree, ...]:
    """Return the roots of a `.rbxm` or `.rbxmx` file.

    Left out are properties that refer to other Instances, and those of types that the double does not have.

    Raises FileNotFoundError if Lune, which reads the format, is not installed, and ProjectError for a file that it
    cannot read.
    """
    program = find_lune()
    if program is None:
        raise FileNotFoundError(
            f"{path}: reading Studio model files needs Lune, which is not on the PATH. Install it with: "
            "rokit add lune-org/lune"
        )
    run = subprocess.run(  # noqa: S603 - our own tool and script
        [program, "run", str(_READER), str(path.resolve())],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if run.returncode:
        raise ProjectError(f"{path}: {run.stderr.strip()}")
    return tuple(_tree(root) for root in _list(json.loads(run.stdout)))


def _tree(raw: dict[str, Any]) -> ScriptTree:
    return ScriptTree(
        name=raw["name"],
        class_name=raw["class"],
        source=raw.get("source"),
        children=tuple(_tree(child) for child in _list(raw["children"])),
        properties=raw["properties"] or {},
        attributes=raw["attributes"] or {},
        tags=tuple(_list(raw["tags"])),
    )


def _list(raw: Any) -> list[Any]:
    # Lune writes an empty table as `{}`, whatever it is meant to be.
    return raw or []
