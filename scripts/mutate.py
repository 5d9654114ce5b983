"""Change the shipped client in small wrong ways and count how many of them the contract's tests notice.

`uv run python scripts/mutate.py` takes a fixed sample of the modules that every call passes through; the tests are
those of tests/client that try each example and each boundary of the specification, called in process. `--all` takes
every mutant, `--survivors` shows what nobody noticed. Exits with 1 below the floor in tests/floors.toml.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import respx
import typer
from rich.console import Console
from rich.progress import track

from audioscape_luau.engine import ScriptTree
from audioscape_luau.instrument.mutation import Mutant, mutants
from audioscape_luau.resources import luau_root

ROOT = Path(__file__).parents[1]
FLOORS = ROOT / "tests" / "floors.toml"
FILES = ("generated/operations/*.luau", "wire/*.luau", "http/reply.luau", "http/transport.luau", "http/headers.luau")
SAMPLE = 120
SECONDS = 5.0
"""Real seconds that the Luau of a mutant may take before it counts as noticed: it hangs."""

sys.path.insert(0, str(ROOT / "tests"))


def source_of(file: str) -> str:
    """Return the text of a shipped module."""
    return (luau_root() / "AudioScapeClient" / file).read_text(encoding="utf-8")


def candidates() -> list[Mutant]:
    """Return every mutant of the modules that the quick part looks at."""
    root = luau_root() / "AudioScapeClient"
    files = sorted({file.relative_to(root).as_posix() for pattern in FILES for file in root.glob(pattern)})
    return [mutant for file in files for mutant in mutants(source_of(file), file)]


def sample(found: Sequence[Mutant], size: int) -> list[Mutant]:
    """Return `size` of the mutants: as good as by chance, and a change of the code elsewhere changes none of them."""

    def lot(mutant: Mutant) -> str:
        change = f"{mutant.file} {mutant.operator} {mutant.diff(source_of(mutant.file))}"
        return hashlib.sha256(change.encode()).hexdigest()

    return sorted(found, key=lot)[:size]


@cache
def checks() -> list[Callable[[Any], None]]:
    """Return the tests, each as a function of the game that it plays in."""
    from client.test_boundaries import REPLIES, REQUESTS, test_reply, test_request
    from client.test_examples import EXAMPLES, test_example

    tables: list[tuple[Callable[..., None], Sequence[Any]]] = [
        (test_example, EXAMPLES),
        (test_request, REQUESTS),
        (test_reply, REPLIES),
    ]
    return [_bound(test, row.values) for test, rows in tables for row in rows]


def _bound(test: Callable[..., None], values: Sequence[Any]) -> Callable[[Any], None]:
    return lambda game: test(game, *values)


def changed(tree: ScriptTree, mutant: Mutant) -> ScriptTree:
    """Return the module with the mutant in place of the source that it comes from."""
    if tree.path is not None and tree.path == luau_root() / "AudioScapeClient" / mutant.file:
        return replace(tree, source=mutant.source)
    return replace(tree, children=tuple(changed(child, mutant) for child in tree.children))


def noticed(mutant: Mutant | None) -> bool:
    """Whether any test fails with the mutant in the module; None for the module as it ships."""
    from support.game import Game, shipped

    module = shipped() if mutant is None else changed(shipped(), mutant)
    with respx.mock(assert_all_called=False) as router:
        game = Game(router, module=module, time_limit=SECONDS)
        try:
            for check in checks():
                router.reset()
                # The budget of requests, which all clients of a server share, is fresh again after a minute.
                game.universe.advance(60)
                check(game)
        except Exception:
            return True
        finally:
            game.universe.close()
    return False


def judge(chosen: Sequence[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Try every mutant, in two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield from zip(chosen, pool.map(noticed, chosen, chunksize=4), strict=True)


def main(
    every: Annotated[bool, typer.Option("--all", help="Every mutant, not just the sample.")] = False,
    size: Annotated[int, typer.Option(min=1, help="Size of the sample; the floor holds for the default.")] = SAMPLE,
    survivors: Annotated[bool, typer.Option(help="Show what nobody noticed.")] = False,
) -> None:
    """Count the mutants that tests notice."""
    console = Console()
    if noticed(None):
        console.print("The tests fail without any mutant.", style="red")
        raise typer.Exit(2)
    found = candidates()
    chosen = found if every else sample(found, size)
    results = list(track(judge(chosen), "Mutants", total=len(chosen), console=console))
    left = [mutant for mutant, was_noticed in results if not was_noticed]
    if survivors:
        for mutant in sorted(left, key=lambda mutant: (mutant.file, mutant.line)):
            console.print(f"{mutant.file}:{mutant.line} {mutant.operator}", style="bold", highlight=False)
            console.print(mutant.diff(source_of(mutant.file)), markup=False, highlight=False)
    for operator, count in Counter(mutant.operator for mutant in left).most_common():
        console.print(f"{count:5} survived: {operator}", highlight=False)
    score = 100 * (1 - len(left) / len(chosen))
    floor = tomllib.loads(FLOORS.read_text(encoding="utf-8"))["luau_mutation"]["quick"]
    console.print(f"{len(chosen) - len(left)} of {len(chosen)} mutants noticed: {score:.1f} % (of {len(found)} in all)")
    if every or size != SAMPLE:
        return
    if score < floor:
        console.print(f"This is below the floor of {floor} % in tests/{FLOORS.name}.", style="red")
        raise typer.Exit(1)
    if int(score * 10) / 10 > floor:
        console.print(f"The floor can rise from {floor} to {int(score * 10) / 10}.")


if __name__ == "__main__":
    typer.run(main)
