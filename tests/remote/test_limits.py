"""How much players get: each now and then, all together a part, and nobody at the cost of the music."""

from __future__ import annotations

from typing import Any

from roblox_double import Peer
from support.remote import TRACKS, Served, ask, spam

OPEN = "{ operations = { 'similar' }, anyId = true }"


def similar(client: Peer, number: int) -> Any:
    return ask(client, f"'similar', {{ asset_id = '{TRACKS[number]}' }}")


def test_a_player_has_three_calls_and_another_every_five_seconds(served: Served) -> None:
    served.serve(OPEN)
    client = served.join("Ann")
    begun = served.universe.now
    assert [similar(client, number)["ok"] for number in range(3)] == [True] * 3
    refused = similar(client, 3)
    assert {**refused, "retryAfter": 0} == {"ok": False, "kind": "busy", "retryAfter": 0}
    assert 0 < refused["retryAfter"] <= 5
    served.advance(refused["retryAfter"])
    assert similar(client, 3)["ok"] is True
    assert similar(client, 4)["kind"] == "busy"
    assert 4.9 < served.universe.now - begun < 6


def test_burst_and_every_are_the_games_to_choose(served: Served) -> None:
    served.serve("{ operations = { 'similar' }, anyId = true, burst = 1, every = 60 }")
    client = served.join("Ann")
    assert similar(client, 0)["ok"] is True
    assert 58 < similar(client, 1)["retryAfter"] <= 60


def test_what_the_client_remembers_is_free(served: Served) -> None:
    served.serve("{ operations = { 'similar' }, anyId = true, burst = 1, every = 600 }")
    ann, bob = served.join("Ann"), served.join("Bob")
    assert similar(ann, 0)["ok"] is True
    assert [similar(ann, 0)["ok"] for _ in range(20)] == [True] * 20
    # Nor does what somebody else asked cost anything.
    assert [similar(bob, 0)["ok"] for _ in range(20)] == [True] * 20
    assert similar(bob, 1)["ok"] is True
    assert len(served.requests) == 2
    (stats,) = served.run("return client:stats()")
    assert (stats["requests"], stats["hits"]) == (2, 40)


def test_one_player_does_not_use_up_another_ones_calls(served: Served) -> None:
    served.serve(OPEN)
    ann, bob = served.join("Ann"), served.join("Bob")
    assert [similar(ann, number)["ok"] for number in range(4)] == [True, True, True, False]
    assert similar(bob, 10)["ok"] is True


def test_one_call_is_under_way_one_waits_and_a_third_is_refused() -> None:
    with Served(seconds=2) as served:
        served.serve("{ operations = { 'similar' }, anyId = true, burst = 9 }")
        client = served.join("Ann")
        spam(
            client,
            f"""
            for number, id in {{ '{TRACKS[0]}', '{TRACKS[1]}', '{TRACKS[2]}' }} do
                task.spawn(function()
                    local begun = os.clock()
                    local reply = ask("similar", {{ asset_id = id }})
                    print(number, reply.ok, reply.kind or "", reply.retryAfter or "", math.round(os.clock() - begun))
                end)
            end
            """,
        )
        served.advance(1)
        assert [line.text for line in client.output] == ["3 false busy 1 0"]
        assert len(served.requests) == 1
        served.advance(5)
        assert [line.text for line in client.output[1:]] == ["1 true   2", "2 true   4"]


def test_all_players_together_get_a_quarter_of_the_budget() -> None:
    with Served() as served:
        served.run("shared.client = nil")
        served.server.run(
            """
            local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
            local key = "demo"
            shared.client = AudioScapeClient.new({ apiKey = ..., budget = AudioScapeClient.newBudget(40) })
            """,
            "demo-key",
        )
        served.serve("{ operations = { 'search' }, burst = 100 }")
        client = served.join("Ann")
        replies = [ask(client, f"'search', {{ query = 'piano {number}' }}") for number in range(12)]
        assert len(served.requests) == 10
        assert [reply.get("kind") for reply in replies[10:]] == ["busy", "busy"]
        assert 50 < replies[10]["retryAfter"] <= 60.5


def test_the_share_is_the_games_to_choose(served: Served) -> None:
    # 0.01 of 400
    served.serve("{ operations = { 'search' }, burst = 100, share = 0.01 }")
    client = served.join("Ann")
    for number in range(6):
        ask(client, f"'search', {{ query = 'piano {number}' }}")
    assert len(served.requests) == 4


def test_players_who_ask_the_same_at_once_cost_one_request() -> None:
    with Served(seconds=1) as served:
        served.serve("{ operations = { 'similar' }, anyId = true, share = 0.01 }")
        clients = [served.join(f"Player{number}") for number in range(12)]
        for client in clients:
            spam(client, f"print(ask('similar', {{ asset_id = '{TRACKS[0]}' }}).ok)")
        served.advance(3)
        assert [line.text for client in clients for line in client.output] == ["true"] * 12
        assert len(served.requests) == 1


def test_players_take_at_most_half_of_the_places_under_way() -> None:
    with Served(seconds=4.9) as served:
        served.serve()
        clients = [served.join(f"Player{number}") for number in range(10)]
        for number, client in enumerate(clients):
            spam(client, f"print(ask('similar', {{ asset_id = '{TRACKS[number]}' }}).kind)")
        served.advance(1)
        assert len(served.requests) == 4
        # The server's own call goes at once.
        begun = served.universe.now
        served.run(f"return client:similar('{TRACKS[50]}').tracks[1]")
        assert served.universe.now - begun < 5.1
        served.advance(20)
        # Who had no turn in time is told so.
        assert [line.text for client in clients for line in client.output] == ["nil"] * 8 + ["busy"] * 2


def test_who_leaves_is_forgotten_with_what_they_wait_for() -> None:
    with Served(seconds=2) as served:
        served.serve("{ operations = { 'similar' }, anyId = true, burst = 9 }")
        client = served.join("Ann")
        spam(
            client,
            f"""
            for _, id in {{ '{TRACKS[0]}', '{TRACKS[1]}' }} do
                task.spawn(ask, "similar", {{ asset_id = id }})
            end
            """,
        )
        served.advance(1)
        served.universe.leave(client)
        served.advance(10)
        assert len(served.requests) == 1
        assert [line.text for line in served.server.output] == []
        # Its answer was kept for others.
        assert similar(served.join("Bob"), 0)["ok"] is True
        assert len(served.requests) == 1


def test_a_flood_is_cut_off_even_where_answers_are_free(served: Served) -> None:
    served.serve(OPEN)
    client = served.join("Ann")
    assert similar(client, 0)["ok"] is True
    (counts,) = client.run(
        f"""
        local remote = game.ReplicatedStorage.AudioScapeCalls
        local counts = {{ ok = 0, busy = 0 }}
        for _ = 1, 300 do
            task.spawn(function()
                local reply = remote:InvokeServer("similar", {{ asset_id = "{TRACKS[0]}" }})
                counts[reply.kind or "ok"] += 1
            end)
        end
        task.wait(1)
        return counts
        """,
        parent="ReplicatedStorage",
    )
    assert counts == {"ok": 100, "busy": 200}
    served.advance(1)
    assert similar(client, 0)["ok"] is True


def test_what_is_read_after_its_sender_left_is_not_answered(served: Served) -> None:
    source = """
    local root = game:GetService("ServerScriptService").AudioScapeClient
    local Door, Engine = require(root.remote.Door), require(root.Engine)
    local door = Door.new(Engine.fromGame(), {}, { burst = 1, every = 1 }, {}, error)
    local gone, here = Instance.new("Folder"), Instance.new("Folder")
    here.Parent = workspace
    return door:answer(here, "similar", {}).kind, door:answer(gone, "similar", {})
    """
    assert served.run(source) == ["not_allowed", None]


def test_what_the_api_itself_calls_invalid_is_the_players_mistake(served: Served) -> None:
    source = """
    local replies = require(game:GetService("ServerScriptService").AudioScapeClient.remote.replies)
    local refused = replies.refusal({ kind = "invalid_request", parameter = "limit" }, "asset_id")
    return refused.ok, refused.kind, refused.parameter
    """
    assert served.run(source) == [False, "invalid_request", "limit"]
