"""Odds and ends that a game's script relies on: errors, clocks, chance, and what is refused."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer, Universe


@pytest.mark.fact("coroutine.xpcall.handler")
@pytest.mark.parametrize("handler", ["task.wait()", "error('again')"])
def test_a_handler_of_xpcall_may_neither_yield_nor_fail(server: Peer, handler: str) -> None:
    source = f"return xpcall(function() error('a') end, function() {handler} return 'handled' end)"
    assert server.run(source) == [False, "error in error handling"]


@pytest.mark.fact("error.values")
def test_tables_are_thrown_as_they_are(server: Peer) -> None:
    source = "local thrown = {} return select(2, pcall(function() task.wait() error(thrown) end)) == thrown"
    assert server.run(source) == [True]
    (text,) = server.run("return select(2, pcall(function() assert(false, {}) end))")
    assert str(text).endswith("invalid argument #2 to 'assert' (string expected, got table)")


@pytest.mark.fact("script.loadstring")
def test_loadstring_is_not_available(server: Peer) -> None:
    with pytest.raises(LuauError, match=r"loadstring\(\) is not available"):
        server.run("return loadstring('return 1')")


@pytest.mark.fact("require.invalid")
@pytest.mark.parametrize("given", ["1", "nil", "workspace", "{}"])
def test_only_modules_and_paths_can_be_required(server: Peer, given: str) -> None:
    with pytest.raises(LuauError) as caught:
        server.run(f"require({given})")
    assert caught.value.message.endswith("Attempted to call require with invalid argument(s).")


@pytest.mark.fact("require.by_string.now")
def test_require_by_string_does_not_wait(server: Peer) -> None:
    server.spawn(
        "task.wait(1) local late = Instance.new('ModuleScript') late.Name = 'Late' late.Parent = script.Parent"
    )
    began = server.run("return time()")
    with pytest.raises(LuauError):
        server.run("require('./Late')")
    assert server.run("return time()") == began


@pytest.mark.fact("clock.date_time")
def test_date_time_counts_milliseconds_of_the_virtual_clock(server: Peer) -> None:
    before = server.run("return os.time()")[0]
    first, passed = server.run(
        "local from = DateTime.now().UnixTimestampMillis task.wait(1.5) "
        "return from, DateTime.now().UnixTimestampMillis - from"
    )
    assert int(str(first)) // 1000 == before
    assert passed == pytest.approx(1500, abs=20)


@pytest.mark.fact("random.next_number")
def test_numbers_by_chance(server: Peer) -> None:
    source = """
    local random = Random.new(1)
    for _ = 1, 1000 do
        local number = random:NextNumber()
        assert(number >= 0 and number <= 1)
    end
    local copy = random:Clone()
    return copy:NextNumber() == random:NextNumber(), Random.new(1):NextNumber() == Random.new(1):NextNumber()
    """
    assert server.run(source) == [True, True]


@pytest.mark.fact("instance.wait_for_child.timeout")
def test_waiting_for_a_child_ends_with_the_time_out(server: Peer) -> None:
    child, seconds = server.run("local from = time() return workspace:WaitForChild('none', 2), time() - from")
    assert child is None
    assert seconds == pytest.approx(2, abs=0.05)
    assert server.output == []


@pytest.mark.fact("instance.float32")
def test_float_properties_hold_32_bits(server: Peer) -> None:
    source = "local sound = Instance.new('Sound') sound.Volume = 0.1 sound.PlaybackSpeed = 1 / 3 "
    assert server.run(source + "return sound.Volume, sound.PlaybackSpeed") == [0.10000000149011612, 0.3333333432674408]


@pytest.mark.fact("frame.pre_render")
def test_only_clients_render(universe: Universe) -> None:
    server = universe.server()
    client = universe.client("anna")
    source = "local n = 0 game:GetService('RunService').PreRender:Connect(function() n += 1 end) task.wait(1) return n"
    (rendered,) = client.run(source)
    assert isinstance(rendered, int)
    assert rendered > 30
    assert server.run(source) == [0]
