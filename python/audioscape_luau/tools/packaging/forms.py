"""Writes the artefacts of a release."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from audioscape_luau.tools.packaging.single_file import bundle
from audioscape_luau.tools.packaging.tools import BuildError, find, run


def build(module: Path, out: Path) -> tuple[Path, ...]:
    """Write the module that lies in a folder as `NAME.rbxm` and `NAME.luau`; the same module makes the same bytes.

    module: the folder with its `init.luau`; its name is that of the artefacts. out: a folder, made if need be.
    Raises BuildError if a program is missing (nothing is written then) or cannot read the module.
    """
    for program in ("rojo", "darklua"):
        find(program)
    module = module.resolve()
    if not (module / "init.luau").is_file():
        raise BuildError(f"{module} is no folder of a module: it has no init.luau")
    source = bundle(module)
    out.mkdir(parents=True, exist_ok=True)
    model, file = out / f"{module.name}.rbxm", out / f"{module.name}.luau"
    write_model(module, model)
    file.write_text(source, encoding="utf-8", newline="\n")
    return model, file


def write_model(module: Path, file: Path) -> None:
    """Write a model file with the module in it."""
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "default.project.json"
        described = {"name": module.name, "tree": {"$path": str(module)}}
        project.write_text(json.dumps(described), encoding="utf-8")
        run("rojo", "build", "--output", file, project)
