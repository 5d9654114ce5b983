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
from audioscape_luau.codegen import module_files, remote_files, render_remote, write
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools import packaging


def build(
    out: Annotated[Path, typer.Option(help="Output folder.")] = Path("dist"),
    module: Annotated[
        Path | None, typer.Option(help="Folder of the module. Default: the shipped client, and AudioScapeRemote.")
    ] = None,
    only: Annotated[str | None, typer.Option(ONLY, help=ONLY_HELP)] = None,
) -> None:
    """Build the release files of the Luau client, and of AudioScapeRemote, the module for players.

    Of each, a model file (.rbxm) and a single file (.luau). The single file needs darklua; without it, only the model
    is written. Exits with 2 if the module cannot be read.
    """
    shipped, for_players = resources.luau_root() / "AudioScapeClient", resources.luau_root() / "AudioScapeRemote"
    if only is not None and module is not None:
        raise CannotRun(f"{ONLY} builds from the shipped client; leave out --module")
    modules = [shipped, for_players] if module is None else [module]
    with ExitStack() as stack:
        if only is not None:
            model = load_for_client(Terminal(stderr=True), resources.spec_file(), only=only)
            folder = Path(stack.enter_context(TemporaryDirectory()))
            write(module_files(model, shipped), folder / shipped.name)
            write(remote_files(for_players) | render_remote(model), folder / for_players.name)
            modules = [folder / one.name for one in modules]
        try:
            built = [packaging.build(one, out) for one in modules]
        except packaging.BuildError as error:
            raise CannotRun(str(error)) from error
    for one in built:
        for file in one.files:
            Terminal().print(f"{file}: {file.stat().st_size:,} bytes")
        if one.left_out:
            Terminal(stderr=True).print(one.left_out)
