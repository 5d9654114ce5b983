"""MessagingService: messages between the servers of a game, of which some do not arrive."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest

from roblox_double import LuauError, Peer, Settings, Universe
from roblox_double.testing import Roblox

_OPEN = 'local messages = game:GetService("MessagingService")\n'
_LISTEN = (
    _OPEN
    + """
messages:SubscribeAsync("news", function(message)
    print(message.Data.text or message.Data, math.floor(message.Sent - 1_750_000_000))
end)
"""
)


def publish(peer: Peer, data: str = "'hello'", topic: str = "news") -> None:
    peer.run(f"{_OPEN}messages:PublishAsync('{topic}', {data})")


def heard(peer: Peer) -> list[str]:
    return [line.text for line in peer.output]


def listening(universe: Universe, count: int = 2) -> list[Peer]:
    """Start servers that listen to `news`."""
    servers = [universe.server(place_id=number + 1) for number in range(count)]
    for server in servers:
        server.run(_LISTEN)
    return servers


@pytest.mark.fact("messaging.delivery")
def test_every_server_that_listens_hears_a_message_the_publisher_too(universe: Universe) -> None:
    first, second = listening(universe)
    deaf, stranger = universe.server(), universe.server(game_id=2)
    stranger.run(_LISTEN)
    publish(first, "{ text = 'hi', list = { 1, 2 } }")
    assert (heard(first), heard(second)) == ([], [])
    universe.advance(2)
    assert (heard(first), heard(second), heard(deaf), heard(stranger)) == (["hi 0"], ["hi 0"], [], [])
    assert [(m.topic, m.data, m.sender) for m in universe.cloud().messages.published] == [
        ("news", {"text": "hi", "list": [1, 2]}, first)
    ]


@pytest.mark.fact("messaging.delivery")
def test_messages_of_other_topics_and_after_a_disconnection_are_not_heard(universe: Universe) -> None:
    (server,) = listening(universe, 1)
    messages = universe.cloud().messages
    assert messages.topics(server) == {"news"}
    source = """
    local heard = 0
    local connection = messages:SubscribeAsync("more", function() heard += 1 end)
    messages:PublishAsync("more", 1)
    task.wait(3)
    connection:Disconnect()
    messages:PublishAsync("more", 2)
    task.wait(3)
    return heard, connection.Connected
    """
    assert server.run(_OPEN + source) == [1, False]
    assert heard(server) == []
    assert messages.topics(server) == {"news"}


@pytest.mark.fact("messaging.delivery")
def test_a_test_may_publish_from_outside() -> None:
    with Roblox() as game:
        game.server.run(_LISTEN)
        game.messages.publish("news", {"text": "from Open Cloud"})
        game.advance(2)
        assert heard(game.server) == ["from Open Cloud 0"]


@pytest.mark.fact("messaging.latency", "messaging.publish_seconds")
@pytest.mark.parametrize(("travel", "answer"), [(1.0, 0.1), (0.2, 3.0)])
def test_messages_and_answers_take_a_while(travel: float, answer: float) -> None:
    with Universe(settings=Settings(messaging_seconds=travel, messaging_publish_seconds=answer)) as universe:
        source = """
        local heard
        messages:SubscribeAsync("news", function() heard = os.clock() end)
        local began = os.clock()
        messages:PublishAsync("news", 1)
        local published = os.clock() - began
        task.wait(5)
        return published, heard - began
        """
        published, arrived = universe.server().run(_OPEN + source)
        assert [published, arrived] == pytest.approx([answer, travel], abs=0.02)


@pytest.mark.fact("messaging.publish_seconds")
def test_publishing_may_never_come_back_although_everybody_hears() -> None:
    with Universe() as universe:
        first, second = listening(universe)
        with universe.cloud().faults.hang("MessagingService.PublishAsync"), pytest.raises(TimeoutError):
            publish(first)
        assert (heard(first), heard(second)) == (["hello 0"], ["hello 0"])
    with Universe(settings=Settings(messaging_publish_seconds=math.inf)) as universe, pytest.raises(TimeoutError):
        listening(universe)


@pytest.mark.fact("messaging.echo")
@pytest.mark.parametrize("echo", [True, False])
def test_whether_the_publisher_hears_itself(echo: bool) -> None:
    with Universe(settings=Settings(messaging_echo=echo)) as universe:
        first, second = listening(universe)
        publish(first)
        universe.cloud().messages.publish("news", "from outside")
        universe.advance(2)
        assert (len(heard(first)), len(heard(second))) == (1 + echo, 2)


@pytest.mark.fact("messaging.place")
@pytest.mark.parametrize("kind", ["raise", "silent"])
def test_an_unpublished_place_hears_and_tells_nothing(kind: Literal["raise", "silent"]) -> None:
    with Universe(settings=Settings(messaging_unpublished=kind)) as universe:
        server = universe.server(place_id=0)
        with pytest.raises(LuauError if kind == "raise" else TimeoutError):
            publish(server)
        with pytest.raises(LuauError if kind == "raise" else TimeoutError):
            server.run(_LISTEN)
        assert universe.cloud().messages.published == []


@pytest.mark.fact("messaging.best_effort")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("arrive", ["1", "2", "3", "4"]),
        ("lost", ["1", "3"]),
        ("twice", ["1", "2", "2", "3", "4", "4"]),
        ("late", ["1", "3", "2", "4"]),
    ],
)
def test_what_becomes_of_every_second_message(
    kind: Literal["arrive", "lost", "twice", "late"], expected: list[str]
) -> None:
    with Universe(settings=Settings(messaging=kind)) as universe:
        first, second = listening(universe)
        for number in range(1, 5):
            publish(first, f"'{number}'")
            universe.advance(0.8)
        universe.advance(5)
        assert [text.split()[0] for text in heard(second)] == expected


@pytest.mark.fact("messaging.best_effort")
def test_a_test_says_what_becomes_of_each_message(universe: Universe) -> None:
    first, second = listening(universe)
    plans: dict[Any, list[float]] = {"lost": [], "slow": [9.0], "double": [1.0, 2.0]}
    universe.cloud().messages.plan = lambda message, server: plans[message.data] if server is second else [1.0]
    for data in ("lost", "slow", "double"):
        publish(first, f"'{data}'")
    universe.advance(10)
    assert [text.split()[0] for text in heard(first)] == ["lost", "slow", "double"]
    assert [text.split()[0] for text in heard(second)] == ["double", "double", "slow"]


@pytest.mark.fact("messaging.limits")
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("messages:PublishAsync('', 1)", "the topic must have 1 to 80 characters"),
        ("messages:PublishAsync(string.rep('t', 81), 1)", "the topic must have 1 to 80 characters"),
        ("messages:SubscribeAsync('', print)", "the topic must have 1 to 80 characters"),
        ("messages:SubscribeAsync('t')", "Argument 2 missing or nil"),
        ("messages:PublishAsync('t', nil)", "Argument 2 missing or nil"),
        ("messages:PublishAsync('t', string.rep('x', 1023))", "PublishAsync: the message is longer than 1 kB"),
        ("messages:PublishAsync('t', 0/0)", "Can't convert to JSON"),
    ],
)
def test_what_is_refused(server: Peer, source: str, text: str) -> None:
    with pytest.raises(LuauError, match=f"(?m)^{text}$"):
        server.run(_OPEN + source)


@pytest.mark.fact("messaging.limits")
def test_the_largest_that_is_taken(server: Peer) -> None:
    server.run(_OPEN + "messages:PublishAsync(string.rep('t', 80), string.rep('x', 1022))")


@pytest.mark.fact("messaging.limits")
def test_a_client_may_not_use_it(universe: Universe) -> None:
    universe.server()
    with pytest.raises(LuauError, match="MessagingService can only be used by the server"):
        universe.client().run(_OPEN + "messages:PublishAsync('t', 1)", parent="ReplicatedStorage")


@pytest.mark.fact("messaging.limits")
def test_sending_is_limited_by_the_players_of_the_server(universe: Universe) -> None:
    server, other = universe.server(), universe.server()
    universe.client("Ann")
    many = (
        _OPEN
        + """
    local refused = 0
    for _ = 1, ... do task.spawn(function()
        local ok, text = pcall(messages.PublishAsync, messages, "t", 1)
        refused += if ok then 0 elseif text == "PublishAsync: too many messages" then 1 else 1e9
    end) end
    task.wait(1)
    return refused
    """
    )
    assert (server.run(many, 842), other.run(many, 601)) == ([2], [1])
    universe.advance(60)
    assert server.run(many, 1) == [0]


@pytest.mark.fact("messaging.limits")
def test_receiving_is_limited_by_the_servers_of_the_game(universe: Universe) -> None:
    first, second = listening(universe)
    for _ in range(110):
        publish(first)
    universe.advance(5)
    assert len(heard(first)) + len(heard(second)) == 40 + 80 * 2
    for topic in "abcdefgh":
        second.run(f"{_OPEN}messages:SubscribeAsync('{topic}', function() print('more') end)")
        for _ in range(90):
            universe.cloud().messages.publish(topic, 1)
    universe.advance(5)
    assert len(heard(first)) + len(heard(second)) == 400 + 200 * 2


@pytest.mark.fact("messaging.limits")
def test_subscriptions_are_limited_by_the_players_of_the_server(universe: Universe) -> None:
    server = universe.server()
    ann = universe.client("Ann")
    many = (
        _OPEN
        + """
    local made, last = {}, nil
    for index = 1, ... do
        local ok, result = pcall(messages.SubscribeAsync, messages, "topic" .. index % 3, print)
        if ok then table.insert(made, result) else last = result end
    end
    local count = #made
    for _, connection in made do connection:Disconnect() end
    return count, last
    """
    )
    assert server.run(many, 30) == [28, "SubscribeAsync: the server has too many subscriptions"]
    universe.leave(ann)
    assert server.run(many, 30) == [20, "SubscribeAsync: the server has too many subscriptions"]


@pytest.mark.fact("messaging.limits")
def test_requests_to_subscribe_are_limited(server: Peer) -> None:
    many = (
        _OPEN
        + """
    for index = 1, 240 do messages:SubscribeAsync("t", print):Disconnect() end
    return pcall(messages.SubscribeAsync, messages, "t", print)
    """
    )
    assert server.run(many) == [False, "SubscribeAsync: too many requests"]


@pytest.mark.fact("messaging.delivery")
def test_a_script_that_is_gone_hears_no_more(universe: Universe) -> None:
    server = universe.server()
    server.spawn(_LISTEN, name="Listener")
    universe.advance(1)
    server.run("game.ServerScriptService.Listener:Destroy()")
    publish(server)
    universe.advance(3)
    assert heard(server) == []
