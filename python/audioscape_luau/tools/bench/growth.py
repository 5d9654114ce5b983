"""What each further method costs a game: the module's size, how long it takes to load, and whether calls get slower."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from audioscape_luau.codegen import module_files, select, write
from audioscape_luau.openapi import ApiModel, Operation
from audioscape_luau.resources import luau_root
from audioscape_luau.simulation import api
from audioscape_luau.tools.bench.client import UNCACHED, lab, page
from roblox_double import ScriptTree, Universe, load_folder

COUNTS = (1, 12, 100)
_NAME = "AudioScapeClient"
_REQUIRE = f'require(game:GetService("ServerScriptService").{_NAME}) return 1'


def grown(count: int) -> ApiModel:
    """Return our API with so many methods: the first of its own, then copies, each with schemas of its own."""
    whole = api()
    names = [operation.id for operation in whole.operations if operation.route is None]
    part = select(whole, names[:count])
    missing = count - len(part.operations)
    copies = (_copy(part.operations[number % len(names)], number) for number in range(missing))
    return replace(part, operations=(*part.operations, *copies))


def _copy(operation: Operation, number: int) -> Operation:
    own = deepcopy(operation)
    return replace(
        own, id=f"{own.id}{number}", path=f"{own.path}{number}", cases=(), radio=None, analytics=None, examples=()
    )


def measure(*, rounds: int = 9) -> dict[str, float]:
    """Return the bytes, the milliseconds of a `require` and the cost of a call, compared with one method, by count."""
    with tempfile.TemporaryDirectory() as folder:
        return dict(_figures(Path(folder), rounds))


def _figures(folder: Path, rounds: int) -> Iterator[tuple[str, float]]:
    trees: dict[int, ScriptTree] = {}
    for count in COUNTS:
        files = module_files(grown(count), luau_root() / _NAME)
        module = folder / str(count) / _NAME
        write(files, module)
        trees[count] = load_folder(module)
        yield f"methods_{count}_bytes", sum(map(len, files.values()))
    loads = {count: [_loading(tree) for _ in range(rounds)] for count, tree in trees.items()}
    for count, times in loads.items():
        yield f"methods_{count}_require_ms", statistics.median(times) * 1e3
    with ExitStack() as stack:
        labs = {count: stack.enter_context(lab(rounds, tree)) for count, tree in trees.items()}
        body = page(20)
        # The first round warms up.
        calls = [{count: one.seconds(UNCACHED, 60, body) for count, one in labs.items()} for _ in range(rounds + 1)][1:]
    for count in COUNTS[1:]:
        yield f"methods_{count}_call_growth", statistics.median(taken[count] / taken[COUNTS[0]] for taken in calls)


def _loading(tree: ScriptTree) -> float:
    """Return the processor's seconds that a new server takes to load a module."""
    with Universe(vm="pluau", time_limit=None) as universe:
        server = universe.server()
        server.mount(tree, "ServerScriptService")
        started = time.process_time()
        server.run(_REQUIRE)
        return time.process_time() - started
