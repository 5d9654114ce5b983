"""What the client costs, measured in the embedded VM: ratios above all, since bare times say more about a machine.

Every figure is a median over alternating rounds, so that what else the machine does hits both sides alike.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from audioscape_luau.codegen.render import render
from audioscape_luau.openapi import load
from audioscape_luau.resources import spec_file
from audioscape_luau.simulation import World, api, shipped
from roblox_double import Peer, ScriptTree, Universe

# A server whose engine answers at once, so that only Luau's own work is measured, and on which time passes only as a
# round lets it, so that no budget is spent. A round's script gets `count` and
# does something that often.
_PRELUDE = """
local HttpService = game:GetService("HttpService")
local module = game:GetService("ServerScriptService").AudioScapeClient
local Client, Engine = require(module.Client), require(module.Engine)
local http = module.http
local policies, redaction, support = http.policies, http.redaction, http.support
local count, body = ...
local engine = table.clone(Engine.fromGame())
engine.request = function()
	return { Success = true, StatusCode = 200, StatusMessage = "OK", Headers = {}, Body = body }
end
local Slots, RateLimiter = require(support.Slots), require(support.RateLimiter)
shared.passed = shared.passed or 0
engine.clock = function() return os.clock() + shared.passed end
local function linesOf(limit)
	return { RateLimiter.line(RateLimiter.new(limit)), RateLimiter.line(RateLimiter.new(limit)) }
end
local function newClient(options)
	local all = table.clone(options or {})
	all.apiKey = "a-key-for-the-bench"
	return Client.new(all, engine, 1)
end
""".replace("\n", " ")

_NAIVE = """
for index = 1, count do
	local url = "https://api.example/v1/similar?asset_id=" .. HttpService:UrlEncode(tostring(index))
	local reply = engine.request({ Url = url, Headers = { ["x-api-key"] = "a" } })
	local result = HttpService:JSONDecode(reply.Body)
end
"""
_DECODE = "for _ = 1, count do HttpService:JSONDecode(body) end"
UNCACHED = """
local client = newClient({ cache = "bypass" })
for index = 1, count do shared.passed += 1 client:similar(index) end
"""
_HIT = """
local client = newClient()
for _ = 1, count do client:similar(1) end
"""

# One policy around a send that does nothing, and the send alone.
_POLICY = """
local Telemetry = require(http.Telemetry)
local telemetry = Telemetry.new(engine, function(text) return text end)
local settings = require(module.options.Options).check({ apiKey = "k" }, "https://x").settings
local answer = { result = { tracks = {} }, dropped = 0 }
local function send() return answer, nil end
local reply = { text = "[]", status = 200, dropped = 0 }
local function receive() return reply, nil end
local context = { decodeJson = function() return {} end }
local slots = Slots.new()
local function leave(call)
	Slots.leave(engine, slots, call.place, true)
	return send()
end
local send = WRAPPED
for index = 1, count do
	send({
		operation = "similar", method = "GET", url = "u", key = tostring(index), settings = settings, attempts = 0,
		deadline = engine.clock() + 30, busyUntil = 0, allowed = 10, abandoned = 0, sentAt = 0, hints = {},
        read = function(raw) return raw end,
	})
end
"""
_POLICIES = {
    "cache": "require(policies.cache)(engine, telemetry, 5000, {})(send)",
    "coalesce": "require(policies.coalesce)(engine, telemetry)(send)",
    "deadline": "require(policies.deadline)(engine)(send)",
    "decode": "require(policies.decode)(context, telemetry, {})(receive)",
    "retry": "require(policies.retry)(engine, telemetry)(send)",
    "breaker": "require(policies.breaker)(engine, 5, 15, {})(send)",
    "budget": "require(policies.budget)"
    "(engine, linesOf(400000), slots, {}, require(support.Pause).new(engine.random, 0))(leave)",
    "timeout": "require(policies.timeout)(engine, slots, {})(send)",
}

_MANY_KEYS = """
local Lru = require(support.Lru)
local lru = Lru.new(SIZE)
for index = 1, SIZE do Lru.put(lru, tostring(index), index, 1) end
for index = 1, count do
	Lru.get(lru, tostring(index % SIZE))
	Lru.put(lru, "new" .. index, index, 1)
end
"""
_FILL = (
    "local Lru = require(support.Lru) local lru = Lru.new(SIZE) for i = 1, SIZE do Lru.put(lru, tostring(i), i, 1) end"
)
_CALLERS = """
local reply
engine.request = function()
	local thread = coroutine.running()
	reply = function() task.spawn(thread, { StatusCode = 200, Headers = {}, Body = body }) end
	return coroutine.yield()
end
local done = 0
for _ = 1, count / SIZE do
	shared.passed += 1
	local client = newClient()
	for _ = 1, SIZE do task.spawn(function() client:similar(1) done += 1 end) end
	reply()
end
assert(done == count)
"""


class Lab:
    """One VM, without limits, in which rounds are timed."""

    def __init__(self, server: Peer, rounds: int) -> None:
        self._server = server
        self._rounds = rounds

    def run(self, source: str, *args: Any) -> list[Any]:
        return list(self._server.run(_PRELUDE + source, *args))

    def seconds(self, source: str, count: int, body: str = "") -> float:
        """Return the processor's seconds that one of `count` repetitions takes."""
        started = time.process_time()
        self.run(source, count, body)
        return (time.process_time() - started) / count

    def compare(self, sources: Mapping[str, str], count: int, body: str = "") -> dict[str, list[float]]:
        """Time several scripts in alternating rounds."""
        times: dict[str, list[float]] = {name: [] for name in sources}
        for number in range(self._rounds + 1):
            for name, source in sources.items():
                taken = self.seconds(source, count, body)
                if number:  # the first round warms up
                    times[name].append(taken)
        return times


@contextmanager
def lab(rounds: int, module: ScriptTree | None = None) -> Generator[Lab]:
    """Begin a lab with a build of the client, by default the shipped one."""
    # One VM for all figures: they are compared with those of other days.
    with World(module or shipped(), universe=Universe(vm="pluau", time_limit=None)) as world:
        yield Lab(world.server, rounds)


def page(tracks: int) -> str:
    """Return the JSON of a page of so many fully analysed tracks."""
    example = next(e for o in api().operations for e in o.examples if e.name == "analysed")
    body = json.loads(example.body)
    (field,) = (name for name, value in body.items() if isinstance(value, list))
    known = body[field]
    body[field] = [known[index % len(known)] for index in range(tracks)]
    return json.dumps(body)


def _ratio(times: Mapping[str, list[float]], above: str, below: str) -> float:
    """Return the median of the rounds' own ratios."""
    return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))


def _spread(values: list[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)


def _overhead(lab: Lab) -> Iterator[tuple[str, float]]:
    for tracks, count in ((1, 600), (20, 60), (100, 12)):
        times = lab.compare({"naive": _NAIVE, "ours": UNCACHED, "decode": _DECODE}, count, page(tracks))
        yield f"overhead_{tracks}", _ratio(times, "ours", "naive")
        yield f"overhead_{tracks}_spread", _spread(times["ours"])
        if tracks == 20:
            own = [ours - naive for ours, naive in zip(times["ours"], times["naive"], strict=True)]
            yield "client_share_20", statistics.median(own) / statistics.median(times["decode"])
            yield "client_microseconds_20", statistics.median(own) * 1e6
            hit = lab.compare({"hit": _HIT}, 3000, page(tracks))["hit"]
            yield "cache_hit_microseconds_20", statistics.median(hit) * 1e6
            yield "cache_speedup_20", statistics.median(times["ours"]) / statistics.median(hit)


def _policies(lab: Lab) -> Iterator[tuple[str, float]]:
    """Microseconds that a policy adds to a call, each alone around a send that does nothing."""
    sources = {name: _POLICY.replace("WRAPPED", wrapped) for name, wrapped in {"none": "send", **_POLICIES}.items()}
    times = lab.compare(sources, 3000)
    for name in _POLICIES:
        added = [with_it - without for with_it, without in zip(times[name], times["none"], strict=True)]
        yield f"policy_cost_{name}", statistics.median(added) * 1e6


def _growth(lab: Lab) -> Iterator[tuple[str, float]]:
    """Cost of one operation when there are 10,000 entries, or callers, against 10."""
    sizes = {"small": "10", "large": "10000"}
    full = lab.compare({name: _MANY_KEYS.replace("SIZE", size) for name, size in sizes.items()}, 40_000)
    fill = lab.compare({name: _FILL.replace("SIZE", size) for name, size in sizes.items()}, 1)
    for name, times in full.items():
        full[name] = [taken - filling / 40_000 for taken, filling in zip(times, fill[name], strict=True)]
    yield "growth_cache", _ratio(full, "large", "small")
    callers = lab.compare({name: _CALLERS.replace("SIZE", size) for name, size in sizes.items()}, 10_000, page(1))
    yield "growth_callers", _ratio(callers, "large", "small")


_MEMORY = """
local function settled()
	-- The collector cannot be asked to run; what is left after it came round several times is the least that was seen.
	-- Small pieces, so that what it has not got to at that moment is small as well.
	local least = math.huge
	for _ = 1, 200000 do
		local _ = table.create(16, 0)
		least = math.min(least, gcinfo())
	end
	return least * 1024
end
local before = settled()
local kept = {}
WORK
local used = settled() - before
return used / count, #kept
"""
_MEMORY_WORK = {
    "bytes_per_client": (1000, "for index = 1, count do kept[index] = newClient() end"),
    "bytes_per_cached_page_20": (
        200,
        "local client = newClient() kept[1] = client for index = 1, count do client:similar(index) end",
    ),
    "bytes_leaked_per_100k_calls": (
        1,
        """
-- Time passes with every look at it, so that the budget is never spent.
engine.clock = function() shared.passed += 0.05 return shared.passed end
local client = newClient({ cacheTracks = 100 })
kept[1] = client
local function go(calls) for index = 1, calls do client:similar(index % 1000) end task.wait(700) end
go(20000)
before = settled()
go(100000)
""",
    ),
}


_MEMORY_NOISE = 32768
"""Bytes by which the VM's own bookkeeping scatters: it counts in KB, and runs without a leak were seen to differ by up
to 10 KB. The smallest thing that 100,000 calls could each leave behind takes 1,600,000."""


def left_behind(work: str, count: int, tracks: int) -> float:
    """Return the bytes that `work` leaves behind, divided by `count`."""
    with lab(1) as fresh:  # the garbage of one measurement would blur the next
        used = float(fresh.run(_MEMORY.replace("WORK", work), count, page(tracks))[0])
    return used if abs(used * count) > _MEMORY_NOISE else 0.0


def _memory(_: Lab) -> Iterator[tuple[str, float]]:
    for name, (count, work) in _MEMORY_WORK.items():
        yield name, left_behind(work, count, 20 if "page" in name else 1)


_PLAYERS = """
local client = newClient()
local random = Random.new(1)
local asked = 0
local inner = engine.request
engine.request = function(options)
	task.wait(0.08)
	return inner(options)
end
for player = 1, 200 do
	for track = 1, 20 do
		task.delay(random:NextNumber() * 600, function() client:similar(track) asked += 1 end)
	end
end
task.wait(700)
assert(asked == 4000)
return client:stats().requests / asked
"""


def _load(lab: Lab) -> Iterator[tuple[str, float]]:
    """Requests per call when each of 200 players asks once for each of 20 tracks, spread over ten minutes."""
    yield "requests_per_call", float(lab.run(_PLAYERS, 0, page(20))[0])


def _wide_spec(folder: Path, operations: int) -> Path:
    """Write our specification with its first operation many times over, each under a name of its own."""
    document = yaml.safe_load(spec_file().read_text(encoding="utf-8"))
    path, item = next(iter(document["paths"].items()))
    text = json.dumps(item)
    document["paths"] = {}
    for response in document["components"]["responses"].values():
        response.pop("x-examples", None)
    for number in range(operations):
        copy = json.loads(text)
        for operation in copy.values():
            operation["operationId"] += str(number)
            operation.pop("x-radio", None)
            for response in operation["responses"].values():
                response.pop("x-examples", None)
        document["paths"][f"{path}{number}"] = copy
    file = folder / f"{operations}.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def _rendering(file: Path) -> float:
    """Return the seconds from a specification to all files."""
    started = time.perf_counter()
    render(load(file))
    return time.perf_counter() - started


def generation_growth(few: int, many: int) -> float:
    """Return how the time per operation grows from a specification of `few` operations to one of `many`."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = _wide_spec(Path(folder), few), _wide_spec(Path(folder), many)
        each = statistics.median(_rendering(small) for _ in range(3)) / few
        return _rendering(large) / many / each


def _generation(_: Lab) -> Iterator[tuple[str, float]]:
    _rendering(spec_file())  # warms up
    yield "generate_ms", statistics.median(_rendering(spec_file()) for _ in range(5)) * 1e3
    yield "generate_growth_1000", generation_growth(10, 1000)


_PARTS: tuple[Callable[[Lab], Iterator[tuple[str, float]]], ...] = (
    _overhead,
    _policies,
    _growth,
    _memory,
    _load,
    _generation,
)


def measure(*, rounds: int = 9) -> dict[str, float]:
    """Measure everything; return one flat mapping. Takes a minute or so."""
    figures: dict[str, float] = {}
    for part in _PARTS:
        with lab(rounds) as room:
            figures.update(part(room))
    return figures
