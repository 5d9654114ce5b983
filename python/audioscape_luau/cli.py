"""The command line: `audioscape`. It only wires; each command's work is done in the room it belongs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import TemplateError
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from audioscape_luau import resources
from audioscape_luau.bench import measure
from audioscape_luau.codegen import UnsafeOutputError, drift, render, runtime_files, write
from audioscape_luau.demo import play
from audioscape_luau.engine.evidence import count, gather
from audioscape_luau.engine.facts import load_facts
from audioscape_luau.engine.facts_page import PAGE, render_page
from audioscape_luau.spec import SpecError, load

app = typer.Typer(
    help="Generate, run and check the AudioScape client for Roblox.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@app.command()
def generate(
    spec: Annotated[Path | None, typer.Option(help="OpenAPI document; by default that of AudioScape.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the module; by default the one that ships.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Folder whose templates are used before the built-in.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; show what differs and exit with 1.")] = False,
) -> None:
    """Generate the Luau client from the specification.

    In a folder other than the one that ships, the hand-written part of the module is put beside it, so that what comes
    out is complete.
    """
    console, problems = Console(), Console(stderr=True)
    shipped = resources.luau_root() / "AudioScapeClient"
    target = out or shipped
    try:
        model = load(spec or resources.spec_file())
        files = render(model, templates)
    except SpecError as error:
        for problem in error.problems:
            problems.print(str(problem), style="red", markup=False, highlight=False)
        raise typer.Exit(2) from None
    except (TemplateError, UnsafeOutputError) as error:
        problems.print(f"The templates cannot be used: {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(2) from None
    if target.resolve() != shipped.resolve():
        files |= runtime_files(model, shipped)
    if check:
        difference = drift(files, target)
        if difference:
            console.print(Syntax(difference, "diff", background_color="default", word_wrap=True))
            problems.print("The generated client is not current: run audioscape generate.", style="red")
            raise typer.Exit(1)
        console.print(f"{len(files)} files are current.")
        return
    changed = write(files, target)
    for name in changed:
        console.print(name, markup=False, highlight=False)
    console.print(f"{len(changed)} of {len(files)} files changed.")


@app.command()
def demo(
    tracks: Annotated[int, typer.Option(min=1, max=1000, help="How many tracks to play.")] = 8,
    asset_id: Annotated[str | None, typer.Option(help="Asset id to begin with; by default one by chance.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the catalogue and of every chance.")] = 0,
) -> None:
    """Play a radio in virtual time: the real client in a Luau VM, against the mocked API."""
    raise typer.Exit(play(Console(), tracks=tracks, asset_id=asset_id, seed=seed))


@app.command()
def facts(
    write_page: Annotated[bool, typer.Option("--write", help=f"Write {PAGE} anew.")] = False,
) -> None:
    """Count what the engine double claims about the engine, and how much of it tests show.

    Exits with 1 if a fact is modelled without a test.
    """
    console, problems = Console(), Console(stderr=True)
    known, root = load_facts(), resources.checkout()
    evidence = gather(root / "tests") if root else None
    counts = count(known, evidence)
    table = Table(show_header=False)
    for name, number in counts.rows:
        table.add_row(name, str(number))
    console.print(table)
    if root is None:
        console.print("The tests are not part of an installed package: what they show can be counted in a checkout.")
        return
    if write_page:
        (root / PAGE).parent.mkdir(exist_ok=True)
        (root / PAGE).write_text(render_page(known), encoding="utf-8")
        console.print(f"{PAGE} is written.")
    for fact in counts.untested:
        problems.print(f"{fact.id} is modelled, but no test carries it.", style="red", highlight=False)
    for fact in counts.one_way:
        problems.print(f"{fact.id} is unknown, but tried one way only.", style="yellow", highlight=False)
    if counts.untested:
        raise typer.Exit(1)


@app.command()
def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of which the median is taken.")] = 9,
) -> None:
    """Measure what the client costs, in the embedded VM and in ratios; takes a minute or so."""
    figures = measure(rounds=rounds)
    if as_json:
        print(json.dumps(figures))
        return
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.3f}")
    Console().print(table)
