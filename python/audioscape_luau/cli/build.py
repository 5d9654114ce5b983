"""`audioscape build`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from audioscape_luau import resources
from audioscape_luau.cli.reading import ONLY, ONLY_HELP, load_for_client
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.codegen import module_files, write
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools import packaging


def build(
    out: Annotated[Path, typer.Option(help="Output folder.")] = Path("dist"),
    module: Annotated[Path | None, typer.Option(help="Folder of the module. Default: the shipped client.")] = None,
    only: Annotated[str | None, typer.Option(ONLY, help=ONLY_HELP)] = None,
) -> None:
    """Build the release files of the Luau client: a model file (.rbxm) and a single file (.luau).

    The single file needs darklua; without it, only the model is written. Exits with 2 if the module cannot be read.
    """
    shipped = resources.luau_root() / "AudioScapeClient"
    if only is not None and module is not None:
        raise CannotRun(f"{ONLY} builds from the shipped client; leave out --module")
    with ExitStack() as stack:
        if only is not None:
            model = load_for_client(Terminal(stderr=True), resources.spec_file(), only=only)
            module = Path(stack.enter_context(TemporaryDirectory())) / shipped.name
            write(module_files(model, shipped), module)
        try:
            built = packaging.build(module or shipped, out)
        except packaging.BuildError as error:
            raise CannotRun(str(error)) from error
    for file in built.files:
        Terminal().print(f"{file}: {file.stat().st_size:,} bytes")
    if built.left_out:
        Terminal(stderr=True).print(built.left_out)
