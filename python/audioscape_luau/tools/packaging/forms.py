"""Writes the artefacts of a release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audioscape_luau.tools.packaging.single_file import bundle
from audioscape_luau.tools.packaging.tools import BuildError, find
from roblox_double import ProjectError, load_folder
from roblox_double.project.model_file import write_model


@dataclass(frozen=True, slots=True)
class Built:
    """What was written, and why the rest was not."""

    files: tuple[Path, ...]
    left_out: str | None = None


def build(module: Path, out: Path) -> Built:
    """Write the module that lies in a folder as `NAME.rbxm` and `NAME.luau`; the same module makes the same bytes.

    module: the folder with its `init.luau`; its name is that of the artefacts. out: a folder, made if need be. Without
    darklua there is no `NAME.luau`. Raises BuildError if the module cannot be read; nothing is written then.
    """
    module = module.resolve()
    if not (module / "init.luau").is_file():
        raise BuildError(f"{module} is no folder of a module: it has no init.luau")
    model, file = out / f"{module.name}.rbxm", out / f"{module.name}.luau"
    try:
        tree = load_folder(module)
    except ProjectError as error:
        raise BuildError(str(error)) from error
    try:
        find("darklua")
    except BuildError as error:
        source, left_out = None, f"{file} was not written: {error}"
    else:
        source, left_out = bundle(module), None
    out.mkdir(parents=True, exist_ok=True)
    write_model([tree], model)
    if source is None:
        return Built((model,), left_out)
    file.write_text(source, encoding="utf-8", newline="\n")
    return Built((model, file))
