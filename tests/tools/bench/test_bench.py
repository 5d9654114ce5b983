"""`audioscape bench` measures what it says. How fast anything is, no test asks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.codegen import problems_of
from audioscape_luau.tools.bench import client as bench
from audioscape_luau.tools.bench import growth, measure


def test_json_is_one_flat_object_of_finite_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*, rounds: int, columns: Sequence[int]) -> dict[str, float]:
        return {"overhead_20": 1.0 * rounds, "bytes_per_client": 6000.0, "columns": len(columns)}

    monkeypatch.setattr("audioscape_luau.cli.bench.measure", measured)
    result = CliRunner().invoke(app, ["bench", "--json", "--rounds", "2", "--servers", "1000"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"overhead_20": 2.0, "bytes_per_client": 6000.0, "columns": 1}


def test_page_is_a_reply_of_as_many_tracks() -> None:
    assert len(json.loads(bench.page(20))["tracks"]) == 20


def test_table_names_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*, rounds: int, columns: Sequence[int]) -> dict[str, float]:
        return {"overhead_20": 1.04, "rounds": rounds, "columns": len(columns)}

    monkeypatch.setattr("audioscape_luau.cli.bench.measure", measured)
    result = CliRunner().invoke(app, ["bench"])
    assert result.exit_code == 0, result.output
    assert "overhead_20" in result.stdout
    assert "1.040" in result.stdout


def test_figures_of_client_and_radio_are_one_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_PARTS", (bench._load,))  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr("audioscape_luau.tools.bench.radio.measure", lambda: {"radio_silent_runs": 0.0})
    monkeypatch.setattr("audioscape_luau.tools.bench.flow.measure", lambda: {"flow_ratio_strong_smooth": 0.9})
    monkeypatch.setattr("audioscape_luau.tools.bench.planning.measure", lambda: {"flow_plan_ms": 4.0})
    monkeypatch.setattr("audioscape_luau.tools.bench.players.measure", lambda: {"players_hostile_calls": 30_000})

    def of_many(*, columns: Sequence[int]) -> dict[str, float]:
        return {"many_answered": len(columns)}

    monkeypatch.setattr("audioscape_luau.tools.bench.many.measure", of_many)
    monkeypatch.setattr(growth, "COUNTS", (1, 2))
    figures = measure(rounds=1, columns=[1000])
    of_growth = {f"methods_{count}_{what}" for count in (1, 2) for what in ("bytes", "require_ms")}
    assert set(figures) == {
        "requests_per_call",
        "radio_silent_runs",
        "flow_ratio_strong_smooth",
        "flow_plan_ms",
        "players_hostile_calls",
        "many_answered",
        *of_growth,
        "methods_2_call_growth",
    }
    assert 0 < figures["requests_per_call"] <= 0.02


@pytest.mark.thorough
def test_generation_is_timed_for_specs_of_any_size() -> None:
    assert 0 < bench.generation_growth(2, 4) < math.inf


@pytest.mark.cases(2)
@pytest.mark.parametrize("part", ["_overhead", "_policies", "_growth", "_load"])
def test_part_gives_finite_figures(part: str) -> None:
    with bench.lab(1) as lab:  # pyright: ignore[reportPrivateUsage]
        figures = dict(getattr(bench, part)(lab))
    assert figures
    assert all(math.isfinite(value) for value in figures.values())


# Bytes a call. Where lines and branches are counted the heap scatters by some 50 KB, whatever the number of calls.
@pytest.mark.parametrize(
    ("work", "calls", "least", "most"),
    [
        ("client:similar(index % 10)", 10_000, 0, 16),
        ("local _ = { index }", 50_000, 0, 3),
        ("kept[index] = { index }", 10_000, 32, 128),
    ],
    ids=["a client", "garbage", "a table a call"],
)
def test_memory_tells_garbage_from_what_is_kept(work: str, calls: int, least: float, most: float) -> None:
    source = f"local client = newClient() for index = 1, {calls} do {work} end"
    assert least * calls <= bench.left_behind(source, 1, 1) <= most * calls


@pytest.mark.parametrize("count", [1, 12, 100])
def test_module_of_any_number_of_methods_is_measured(count: int) -> None:
    model = growth.grown(count)
    assert len({operation.id for operation in model.operations}) == count
    assert list(problems_of(model)) == []
    assert sum(operation.radio is not None for operation in model.operations) == 1


@pytest.mark.thorough
def test_more_methods_are_more_bytes_but_no_dearer_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "COUNTS", (1, 40))
    figures = growth.measure(rounds=3)
    assert figures["methods_1_bytes"] < figures["methods_40_bytes"]
    # Thirty methods more could take thirty times as long: this is no question of how fast the machine is.
    assert figures["methods_40_call_growth"] < 3
