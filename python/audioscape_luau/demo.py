"""The demo: a radio in virtual time, from the specification to the music."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

import httpx
import respx
from rich.console import Console
from rich.table import Table

from audioscape_luau import resources
from audioscape_luau.codegen import drift, render
from audioscape_luau.engine import HttpxBridge, Universe, load_folder
from audioscape_luau.engine.assets import Asset
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.spec import ApiModel, load

_LONGEST = 10 * 60.0
"""Virtual seconds that one track may take, pauses for trouble included."""

_SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, assetId, wanted = ...
local sound = Instance.new("Sound")
sound.Name = "Music"
sound.Parent = game:GetService("SoundService")

local radio = AudioScapeClient.new(key):radio(sound)
local main = coroutine.running()
local played, failures = {}, {}
radio.trackChanged:Connect(function(track)
	table.insert(played, { at = os.clock(), track = track })
	if #played > wanted then
		task.spawn(main)
	end
end)
radio.failed:Connect(function(err)
	table.insert(failures, tostring(err))
end)
local begin = os.clock()
radio:start(assetId)
coroutine.yield()
radio:destroy()
return played, failures, begin
"""


@dataclass(slots=True)
class _Wire:
    """What went over the wire, and when."""

    universe: Universe
    api: MockApi
    exchanges: list[tuple[float, httpx.Request, httpx.Response]] = field(
        default_factory=list[tuple[float, httpx.Request, httpx.Response]]
    )

    def respond(self, request: httpx.Request) -> httpx.Response:
        response = self.api.respond(request)
        self.exchanges.append((self.universe.now, request, response))
        return response


def play(console: Console, *, tracks: int, asset_id: str | None, seed: int) -> int:
    """Play a radio of `tracks` tracks and show it; return the exit code (1: not current, 2: no such track)."""
    started = time.perf_counter()
    model = load(resources.spec_file())
    module = resources.luau_root() / "AudioScapeClient"
    if drift(render(model), module):
        console.print("The generated client is not current: run [bold]audioscape generate[/].", style="red")
        return 1
    catalogue = Catalogue.generate(seed=seed)
    first = asset_id or random.Random(seed).choice(catalogue.entries).asset_id
    if first not in catalogue.by_id:
        console.print(f"The catalogue has no track {first}.", style="red", markup=False)
        return 2

    with Universe(bridge=HttpxBridge(), seed=seed) as universe, respx.mock(assert_all_called=False) as router:
        for entry in catalogue.entries:
            universe.assets[int(entry.asset_id)] = Asset(duration=entry.fields["duration"])
        wire = _Wire(universe, MockApi(model, catalogue))
        router.route().mock(side_effect=wire.respond)
        server = universe.server()
        server.mount(load_folder(module), "ServerScriptService")
        returned = server.run(_SCRIPT, DEMO_KEY, first, tracks, limit=_LONGEST * (tracks + 1))
        played, failures, begin = cast("tuple[list[dict[str, Any]], list[str], float]", returned)
        virtual = universe.now

    _show(console, model, wire, played, begin, tracks)
    for failure in failures:
        console.print(failure, style="yellow", markup=False)
    distinct = len({turn["track"]["asset_id"] for turn in played[:tracks]})
    console.print(
        f"[bold]{tracks} tracks[/], {distinct} distinct, {len(wire.exchanges)} requests; "
        f"{_clock(virtual)} of music in {time.perf_counter() - started:.1f} s.",
        highlight=False,
    )
    return 0


def _show(
    console: Console, model: ApiModel, wire: _Wire, played: list[dict[str, Any]], begin: float, tracks: int
) -> None:
    """Print what went over the wire and what played, both in virtual time."""
    path = httpx.URL(model.server_url).path
    for at, request, response in wire.exchanges:
        sent = unquote(str(request.url.raw_path, "ascii")).removeprefix(path)
        line = f"{_clock(at)}  {request.method} {sent} -> {response.status_code}"
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    table = Table(title="A radio on one server, in virtual time", title_justify="left", pad_edge=False, expand=True)
    table.add_column("when", justify="right", no_wrap=True)
    for name in ("asset id", "title"):
        table.add_column(name, overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("genre")
    table.add_column("bpm", justify="right")
    table.add_column("key")
    for turn in played[:tracks]:
        # The client knows no more of a seed than its id; the catalogue does.
        track = {**wire.api.catalogue.by_id[turn["track"]["asset_id"]].fields, **turn["track"]}
        table.add_row(_clock(turn["at"] - begin), track["asset_id"], *_described(track))
    console.print(table)


def _described(track: dict[str, Any]) -> tuple[str, ...]:
    key = f"{track['key']} {track['scale']}" if track.get("key") else ""
    score = f"{track['score']:.3f}" if "score" in track else "(seed)"
    return f"{track['name']} - {track['artist']}", score, track["genre"], f"{track['bpm']:g}", key


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
