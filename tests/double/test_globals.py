"""Globals of scripts: clocks, chance, output, what is refused."""

from __future__ import annotations

import pytest

from roblox_double import FRAME, LuauError, Peer, Settings, Universe


@pytest.mark.fact("clock.virtual")
def test_clocks() -> None:
    with Universe(epoch=1_700_000_000.25) as universe:
        universe.advance(100)
        server = universe.server()
        source = """
        local clock, uptime = os.clock(), time()
        task.wait(10)
        local now = DateTime.now()
        return os.clock() - clock, uptime, time(), os.time(), tick(), now.UnixTimestampMillis,
            now.UnixTimestamp, DateTime.fromUnixTimestamp(5).UnixTimestampMillis, now == DateTime.now(),
            os.date("!%Y-%m-%d"), os.time({ year = 1970, month = 1, day = 2, hour = 0 }), typeof(DateTime.now()),
            DateTime.fromUnixTimestampMillis(1500):ToIsoDate(), elapsedTime()
        """
        assert server.run(source) == [
            pytest.approx(10),
            0,
            pytest.approx(10),
            1_700_000_110,
            pytest.approx(1_700_000_110.25),
            1_700_000_110_250,
            1_700_000_110,
            5000,
            True,
            "2023-11-14",
            86400,
            "DateTime",
            "1970-01-01T00:00:01Z",
            pytest.approx(10),
        ]


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    "read",
    [
        "os.clock()",
        "tick()",
        "elapsedTime()",
        "DateTime.now().UnixTimestampMillis / 1000",
        "workspace:GetServerTimeNow()",
    ],
)
@pytest.mark.fact("clock.work")
def test_a_work_budget_ends(read: str) -> None:
    source = f"""
    local function work(budget)
        local started, count = {read}, 0
        repeat count += 1 until {read} - started > budget
        return count
    end
    local first, uptime = work(0.005), time()
    local again = work(0.25)
    local still = time() == uptime and uptime == 0
    task.wait(1)
    return first, work(0.005), still, again
    """

    def run() -> list[object]:
        with Universe() as universe:
            return list(universe.server().run(source))

    first, second, still, again = run()
    # DateTime counts whole milliseconds.
    assert first == pytest.approx(5500, abs=1001)
    assert second == pytest.approx(5500, abs=1001)
    assert again == pytest.approx(250_000, abs=1001)
    assert still
    assert run() == [first, second, still, again]


@pytest.mark.fact("clock.work")
def test_each_reading_is_later_and_the_first_in_a_frame_shift_nothing(server: Peer) -> None:
    source = """
    local function read()
        local started, last = os.clock(), nil
        for _ = 2, 500 do
            local now = os.clock()
            assert(now > (last or started))
            last = now
        end
        return last - started, os.clock() - last
    end
    local first, after = read()
    task.wait()
    return first, after, read()
    """
    assert server.run(source) == pytest.approx([0, 1e-6, 0, 1e-6], abs=1e-7)


@pytest.mark.fact("clock.work")
def test_a_clock_never_goes_back_and_is_not_ahead_for_long(server: Peer) -> None:
    source = """
    local started = os.clock()
    repeat until os.clock() - started > 0.1
    local last = os.clock()
    for _ = 1, 12 do
        task.wait()
        assert(os.clock() >= last)
        last = os.clock()
    end
    return last - started - time()
    """
    assert server.run(source) == [pytest.approx(0, abs=1e-4)]


@pytest.mark.fact("clock.server_time", "clock.server_time.skew")
@pytest.mark.parametrize("skew", [0.0, 3.5])
def test_server_time(skew: float) -> None:
    with Universe(settings=Settings(server_time_skew=skew)) as universe:
        assert universe.server().run("return workspace:GetServerTimeNow() - tick()") == [pytest.approx(skew)]


RANDOM = """
local random = Random.new()
local list = { 1, 2, 3, 4, 5, 6, 7, 8 }
random:Shuffle(list)
return math.random(), random:NextNumber(), math.random(1000), random:NextInteger(1, 1000), table.concat(list)
"""


def test_chance_is_a_matter_of_the_seed() -> None:
    def draw(seed: int, number: int = 0) -> list[object]:
        with Universe(seed=seed) as universe:
            peers = [universe.server() for _ in range(number + 1)]
            return list(peers[number].run(RANDOM))

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert draw(1) != draw(1, number=1)


@pytest.mark.fact("random.next_integer", "random.shuffle")
def test_random(server: Peer) -> None:
    source = """
    local random = Random.new(42)
    local low, high, sum, seen = math.huge, -math.huge, 0, {}
    for _ = 1, 4000 do
        local number = random:NextNumber()
        low, high, sum = math.min(low, number), math.max(high, number), sum + number
        seen[random:NextInteger(1.9, 4.9)] = true
        seen[10 + math.random(2)] = true
        assert(random:NextNumber(-2, -1) <= -1)
    end
    local clone = random:Clone()
    local again = Random.new(42)
    local holes = pcall(random.Shuffle, random, { 1, nil, 3 })
    local reversed = random:NextInteger(5, 5) == 5 and random:NextInteger(3, 1) <= 3
    math.randomseed(7)
    local first = math.random()
    math.randomseed(7)
    return low >= 0 and low < 0.01, high <= 1 and high > 0.99, math.abs(sum / 4000 - 0.5) < 0.02,
        seen[1] and seen[2] and seen[3] and seen[4] and not seen[5], seen[11] and seen[12] and not seen[13],
        typeof(clone), again:NextNumber() == Random.new(42):NextNumber(), holes, reversed, math.random() == first
    """
    assert server.run(source) == [True, True, True, True, True, "Random", True, False, True, True]


@pytest.mark.fact("output.print")
def test_print_and_warn(server: Peer) -> None:
    server.run(
        """
        local named = setmetatable({}, { __tostring = function() return "named" end })
        print("a", nil, 1, named, workspace)
        warn(named, true)
        print()
        """
    )
    assert [(line.kind, line.text) for line in server.output] == [
        ("print", "a nil 1 named Workspace"),
        ("warn", "named true"),
        ("print", ""),
    ]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("return SharedTable.new()", "not modelled: SharedTable.new"),
        ("utf8.graphemes('x')", "not modelled: utf8.graphemes"),
        ("debug.getmemorycategory()", "not modelled: debug.getmemorycategory"),
        ("delay(1, 2)", "Unable to cast number to function"),
        ("UserSettings()", "not modelled: UserSettings"),
        ("loadstring('x')", "loadstring() is not available"),
        ("return DateTime.now().Nothing", "Nothing is not a valid member of DateTime"),
        ("DateTime.now():FormatLocalTime('LL', 'fr-fr')", "not modelled: DateTime.FormatLocalTime in the locale fr-fr"),
        ("BrickColor.palette(1)", "not modelled: BrickColor.palette"),
        ("PhysicalProperties.new(Enum.Material.Ice)", "not modelled: PhysicalProperties.new of a material"),
        ("Random.new(1).NextNumber()", "Expected ':' not '.' calling member function NextNumber"),
        ("Instance.fromExisting(workspace)", "not modelled: Instance.fromExisting"),
        ("math.random(2, 1)", "invalid argument #2 to 'random' (interval is empty)"),
        ("collectgarbage('collect')", "collectgarbage must be called with 'count'; use gcinfo() instead"),
    ],
)
def test_refusals(server: Peer, call: str, message: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(call)
    assert caught.value.message == message


@pytest.mark.fact("library.members")
def test_libraries_have_what_the_engines_have(server: Peer) -> None:
    source = """
        local inf, nan = math.huge, math.nan
        return { math.isnan(nan), math.isnan(1), math.isinf(-inf), math.isinf(nan) },
            { math.isfinite(1), math.isfinite(nan), math.isfinite(inf) },
            { math.e < math.pi, math.tau / 2 == math.pi, math.sqrt2 ^ 2 - 2 < 1e-15, math.phi - 1 },
            { vector.lerp(vector.zero, vector.one, 0.5) == vector.one / 2, vector.lerp(vector.zero, vector.one, 1).x },
            { pcall(math.isnan :: any) }, { pcall(math.isinf, {} :: any) },
            debug.profilebegin("x"), table.isfrozen(math), table.isfrozen(vector), type(math.random())
    """
    assert server.run(source) == [
        [True, False, True, False],
        [True, False, False],
        [True, True, True, pytest.approx(0.6180339887498949)],
        [True, 1],
        [False, "missing argument #1 to 'isnan' (number expected)"],
        [False, "invalid argument #1 to 'isinf' (number expected, got table)"],
        None,
        True,
        True,
        "number",
    ]


def test_what_luau_has_and_the_engine_has_not_is_absent(server: Peer) -> None:
    assert server.run("return io, package, dofile, collectgarbage('count') > 0, type(debug.traceback()), _VERSION") == [
        None,
        None,
        None,
        True,
        "string",
        "Luau",
    ]


@pytest.mark.fact("run_service.roles")
def test_roles(universe: Universe) -> None:
    source = """
    local run = game:GetService("RunService")
    return { run:IsServer(), run:IsClient(), run:IsStudio(), run:IsRunning(), run:IsRunMode(), run:IsEdit() }
    """
    assert universe.server().run(source) == [[True, False, False, True, False, False]]
    assert universe.server(studio=True).run(source) == [[True, False, True, True, False, False]]


@pytest.mark.fact("frame.order", "frame.rate", "frame.resumption_points")
def test_frame_order(either: Peer) -> None:
    source = """
    local run = game:GetService("RunService")
    local log = {}
    for _, name in { "Heartbeat", "PostSimulation", "PreAnimation", "PreSimulation", "Stepped" } do
        run[name]:Connect(function(...) if log then table.insert(log, name) end end)
    end
    task.wait()
    table.insert(log, "task")
    task.defer(function() table.insert(log, "deferred") end)
    local started = os.clock()
    local delta = run.Heartbeat:Wait()
    local seen = log
    log = nil
    return seen, delta
    """
    order, delta = either.run(source)
    assert isinstance(order, list)
    assert order[:6] == ["PreAnimation", "Stepped", "PreSimulation", "PostSimulation", "task", "deferred"]
    assert delta == pytest.approx(1 / 60)


@pytest.mark.parametrize("studio", [False, True])
@pytest.mark.parametrize("listen", ["Connect(print)", "Once(print)", "Wait()"])
@pytest.mark.fact("frame.render_stepped")
def test_a_server_does_not_render(universe: Universe, listen: str, studio: bool) -> None:
    server, client = universe.server(studio=studio), universe.client(studio=studio)
    source = f"""
    local event = game:GetService("RunService").RenderStepped
    return typeof(event), select(-1, pcall(function() event:{listen} end))
    """
    universe.advance(1)
    assert server.run(source) == ["RBXScriptSignal", "RenderStepped event can only be used from local scripts"]
    assert server.wake() == float("inf")
    assert client.run(source, parent="Workspace") == ["RBXScriptSignal", True]


@pytest.mark.parametrize("event", ["Heartbeat", "PostSimulation", "PreAnimation", "PreSimulation", "Stepped"])
@pytest.mark.fact("frame.delta")
def test_a_frame_after_a_quiet_time_is_one_frame(either: Peer, event: str) -> None:
    source = f"""
    local event = game:GetService("RunService").{event}
    local function delta(...) return (select(-1, ...)) end
    local seen = {{}}
    task.wait(100)
    table.insert(seen, delta(event:Wait()))
    task.wait(100)
    event:Once(function(...) table.insert(seen, delta(...)) end)
    task.wait(100)
    event:Connect(function(...) table.insert(seen, delta(...)) end)
    task.wait(0.05)
    return seen
    """
    (seen,) = either.run(source)
    assert isinstance(seen, list)
    assert len(seen) >= 4
    assert seen == [pytest.approx(FRAME)] * len(seen)


@pytest.mark.fact("frame.delta", "frame.pre_render")
def test_a_frame_of_a_client_that_joins_late_is_one_frame(universe: Universe) -> None:
    universe.server()
    universe.advance(100.005)
    client = universe.client()
    universe.advance(50)
    source = "local r = game:GetService('RunService') return (r.PreRender:Wait()), (r.RenderStepped:Wait())"
    assert client.run(source, parent="Workspace") == [pytest.approx(FRAME)] * 2


def test_every_frame_runs_only_while_someone_listens(server: Peer) -> None:
    source = """
    local count = 0
    local connection = game:GetService("RunService").Heartbeat:Connect(function() count += 1 end)
    task.wait(2)
    connection:Disconnect()
    return count
    """
    assert server.run(source)[0] == 119  # the last Heartbeat comes after the threads of its frame
    assert server.wake() == float("inf")


@pytest.mark.fact("member.deprecated")
def test_deprecated_spellings(either: Peer) -> None:
    source = """
    local value, log = Instance.new("IntValue"), {}
    local connection = value.changed:connect(function(new) table.insert(log, new) end)
    value.Value = 1
    task.delay(0.1, function() value.Value = 2 end)
    local waited = value.Changed:wait()
    task.wait()
    local before = connection.connected
    connection:disconnect()
    value.Value = 3
    game:GetService("Debris"):addItem(value, 0.1)
    task.wait(0.2)
    local vector, color = Vector2.new(3, 4), Color3.new(0.25, 0.5, 1)
    return log, waited, before, connection.connected, { vector.x, vector.y, vector.magnitude, vector.unit.x * 5 },
        { color.r, color.g, color.b }, tostring(Vector2.zero:lerp(vector, 0.5)), (Color3.toHSV(Color3.new(0, 1, 0))),
        #game:GetService("Players"):getPlayers()
    """
    assert either.run(source) == [
        [1, 2],
        2,
        True,
        False,
        [3, 4, 5, pytest.approx(3)],
        [0.25, 0.5, 1],
        "1.5, 2",
        pytest.approx(1 / 3),
        0,
    ]


@pytest.mark.fact("random.next_unit_vector")
def test_directions_are_spread_over_the_sphere(server: Peer) -> None:
    source = """
    local random, sum, low, longest = Random.new(1), vector.zero, 0, 0
    for _ = 1, 4000 do
        local direction = random:NextUnitVector()
        sum += direction
        low += if direction.z < -0.5 then 1 else 0
        longest = math.max(longest, math.abs(vector.magnitude(direction) - 1))
    end
    return vector.magnitude(sum) / 4000, low / 4000, longest
    """
    mean, low, longest = server.run(source)
    assert mean == pytest.approx(0, abs=0.05)
    assert low == pytest.approx(0.25, abs=0.03)
    assert longest == pytest.approx(0, abs=1e-6)


@pytest.mark.fact("enum.all")
def test_all_enums_are_listed(server: Peer) -> None:
    source = """
    local all, found = Enum:GetEnums(), 0
    for _, enum in all do
        found += if enum == Enum.KeyCode or enum == Enum.FontWeight then 1 else 0
    end
    return #all > 500, found, typeof(all[1])
    """
    assert server.run(source) == [True, 2, "Enum"]
