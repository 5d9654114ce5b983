"""`audioscape build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audioscape_luau import resources
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools import packaging


def build(
    out: Annotated[Path, typer.Option(help="Output folder.")] = Path("dist"),
    module: Annotated[Path | None, typer.Option(help="Folder of the module. Default: the shipped client.")] = None,
) -> None:
    """Build the release files of the Luau client: a model file (.rbxm) and a single file (.luau).

    Needs Rojo and darklua. Exits with 2 if one is missing or cannot read the module.
    """
    try:
        written = packaging.build(module or resources.luau_root() / "AudioScapeClient", out)
    except packaging.BuildError as error:
        raise CannotRun(str(error)) from error
    for file in written:
        Terminal().print(f"{file}: {file.stat().st_size:,} bytes")
