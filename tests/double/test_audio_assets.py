"""What a universe knows of audio assets, fetching them beforehand, and their metadata."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest

from roblox_double import Asset, Assets, LuauError, LuauValue, Peer, Settings, Universe

PRELOAD = """
local items, began, log = {}, os.clock(), {}
for index, id in { ... } do
    items[index] = Instance.new("Sound")
    items[index].SoundId = id
end
game:GetService("ContentProvider"):PreloadAsync(items, function(id, status)
    table.insert(log, `{id} {status.Name} @{math.round((os.clock() - began) * 10) / 10}`)
end)
table.insert(log, `done @{math.round((os.clock() - began) * 10) / 10}`)
return log
"""


def test_assets_are_found_by_any_of_their_names() -> None:
    assets = Assets(Settings())
    assets[7] = Asset(duration=7)
    for name in (7, "rbxassetid://7", "rbxassetid://007", "http://www.roblox.com/asset/?id=7"):
        assert assets[name].duration == 7
    assert assets["7"].load == "fails"
    assert assets["rbxasset://sounds/click.mp3"] == Asset()


def test_an_asset_may_differ_from_peer_to_peer() -> None:
    assets = Assets(Settings())
    assets.put("rbxassetid://7", Asset(load="fails"), peer="Ann")
    assert (assets.look_up(7, peer="Ann").load, assets.look_up(7, peer="Ben").load) == ("fails", None)


@pytest.mark.fact("preload.status")
def test_preloading_reports_each_asset_and_never_raises(either: Peer) -> None:
    assert either.run(PRELOAD) == [["done @0"]]
    assert either.run(PRELOAD, "rbxassetid://1", "nonsense", "", "rbxassetid://1") == [
        [*["rbxassetid://1 Success @0.5"] * 2, "nonsense Failure @0.5", "done @0.5"]
    ]
    # One line for the Sound that names it.
    assert [line.text for line in either.output] == ["Failed to load sound nonsense: Unable to download sound data"]
    assert either.run(PRELOAD, "rbxassetid://1") == [["rbxassetid://1 Success @0", "done @0"]]


@pytest.mark.fact("preload.server", "preload.status")
def test_preloading_on_a_server() -> None:
    with Universe(settings=Settings(preload_server="fails")) as universe:
        assert universe.server().run(PRELOAD, "rbxassetid://1") == [["rbxassetid://1 Failure @0", "done @0"]]
    with Universe(settings=Settings(preload_server="hangs")) as universe, pytest.raises(TimeoutError):
        universe.server().run(PRELOAD, "rbxassetid://1")
    with Universe(settings=Settings(preload_server="fails")) as universe:
        universe.server()
        client = universe.client()
        assert client.run(PRELOAD, "rbxassetid://1", parent="Workspace") == [
            ["rbxassetid://1 Success @0.5", "done @0.5"]
        ]


@pytest.mark.fact("preload.timeout")
@pytest.mark.parametrize("limit", [5.0, math.inf])
def test_preloading_what_never_comes(limit: float) -> None:
    with Universe(settings=Settings(preload_timeout=limit)) as universe:
        universe.assets[1] = Asset(load="never")
        server = universe.server()
        if limit == math.inf:
            with pytest.raises(TimeoutError):
                server.run(PRELOAD, "rbxassetid://1")
        else:
            assert server.run(PRELOAD, "rbxassetid://1") == [["rbxassetid://1 TimedOut @5", "done @5"]]


@pytest.mark.fact("preload.strings")
@pytest.mark.parametrize(("works", "status"), [(True, "Success"), (False, "Failure")])
def test_preloading_by_text(works: bool, status: str) -> None:
    with Universe(settings=Settings(preload_strings=works)) as universe:
        assert universe.server().run(
            """local seen
            local function note(_, status) seen = status.Name end
            game:GetService("ContentProvider"):PreloadAsync({ "rbxassetid://1" }, note)
            return seen"""
        ) == [status]


@pytest.mark.fact("preload.descendants", "preload.fetch_status")
def test_preloading_a_tree_makes_its_sounds_load_at_once(server: Peer) -> None:
    assert server.run(
        """
        local provider = game:GetService("ContentProvider")
        local folder, id, log = Instance.new("Folder"), "rbxassetid://1", {}
        local sound, player = Instance.new("Sound", folder), Instance.new("AudioPlayer", folder)
        sound.SoundId, player.AutoLoad, player.Asset = id, false, "rbxassetid://2"
        local before = provider:GetAssetFetchStatus(player.Asset).Name
        local function note(status) table.insert(log, status.Name) end
        provider:GetAssetFetchStatusChangedSignal(player.Asset):Connect(note)
        task.delay(0, function() table.insert(log, provider.RequestQueueSize) end)
        provider:PreloadAsync({ folder })
        table.insert(log, provider.RequestQueueSize)
        local fresh = Instance.new("Sound")
        fresh.SoundId = id
        local at = os.clock()
        fresh.Loaded:Wait()
        return before, provider:GetAssetFetchStatus(id).Name, log, os.clock() - at < 0.1"""
    ) == ["None", "Success", ["Loading", 2, "Success", 0], True]


METADATA = "return game:GetService('AssetService'):GetAudioMetadataAsync({ ... })"


@pytest.mark.fact("metadata.order", "metadata.permission", "metadata.time")
def test_metadata(universe: Universe, server: Peer) -> None:
    universe.assets[1] = Asset(duration=61.5, title="Song", artist="Band")
    universe.assets[2] = Asset(metadata=False)
    universe.assets[3] = Asset(duration=2, load="fails", title="Private", audio_type=None)
    [entries] = server.run(
        """
        local found = game:GetService("AssetService"):GetAudioMetadataAsync({ ... })
        for _, entry in found do entry.AudioType = entry.AudioType and entry.AudioType.Name end
        return found""",
        *(3, "2", "rbxassetid://1"),
    )
    assert entries == [
        {"AssetId": "3", "Title": "Private", "Artist": "", "Duration": 2},
        {"AssetId": "2"},
        {"AssetId": "1", "Title": "Song", "Artist": "Band", "Duration": 61.5, "AudioType": "Music"},
    ]
    assert universe.now == pytest.approx(Settings().metadata_seconds, abs=0.02)


@pytest.mark.fact("metadata.order")
def test_metadata_of_too_many(server: Peer) -> None:
    assert len(server.run(METADATA, *range(1, 31))[0]) == 30  # pyright: ignore[reportArgumentType]
    with pytest.raises(LuauError, match="at most 30"):
        server.run(METADATA, *range(1, 32))


@pytest.mark.fact("metadata.error")
def test_metadata_that_cannot_be_had() -> None:
    with Universe(settings=Settings(metadata_error="HTTP 429 (Too Many Requests)")) as universe:
        with pytest.raises(LuauError, match="429"):
            universe.server().run(METADATA, 1)
        assert universe.now > 0


SEARCH = """
local service, params = game:GetService("AssetService"), Instance.new("AudioSearchParams")
for name, value in ... do params[name] = value end
local pages = service:SearchAudioAsync(params)
local found = { pages:GetCurrentPage() }
while not pages.IsFinished do
    pages:AdvanceToNextPageAsync()
    table.insert(found, pages:GetCurrentPage())
end
return found, select(2, pcall(pages.AdvanceToNextPageAsync, pages)), typeof(pages) .. " " .. pages.ClassName"""


@pytest.mark.fact("search.pages", "search.size")
def test_a_search_finds_titles_and_artists_page_by_page(universe: Universe, server: Peer) -> None:
    for number in range(1, 36):
        universe.assets[number] = Asset(
            duration=60 + number, title=f"Song {number}", artist="Band" if number > 1 else ""
        )
    universe.assets[90] = Asset(title="Song of a door", audio_type="SoundEffect")
    universe.assets[91] = Asset(title="Other", artist="Singer")
    found, error, kind = cast("list[Any]", server.run(SEARCH, {"SearchKeyword": "sONG"}))
    assert [[entry["Id"] for entry in page] for page in found] == [[*range(1, 31)], [*range(31, 36)]]
    assert found[0][:2] == [
        {"Id": 1, "Title": "Song 1", "Duration": 61, "AudioType": "Music"},
        {"Id": 2, "Title": "Song 2", "Artist": "Band", "Duration": 62, "AudioType": "Music"},
    ]
    assert (error, kind) == ("No pages to advance to", "Instance AudioPages")
    for params, ids in (
        ({"Artist": "sing"}, [91]),
        ({"Title": "other"}, [91]),
        ({"SearchKeyword": "song", "MinDuration": 62, "MaxDuration": 63}, [2, 3]),
        ({"SearchKeyword": "nothing"}, []),
    ):
        [pages, *_] = cast("list[Any]", server.run(SEARCH, cast("LuauValue", params)))
        assert [entry["Id"] for page in pages for entry in page] == ids


def test_a_search_that_fails_or_asks_for_what_is_not_known(server: Peer) -> None:
    with pytest.raises(LuauError, match="not modelled: AudioSearchParams"):
        server.run(SEARCH, {"Tag": "calm"})
    with pytest.raises(LuauError, match="cast"):
        server.run("game:GetService('AssetService'):SearchAudioAsync(Instance.new('Folder'))")
    settings = Settings(metadata_error="HTTP 429 (Too Many Requests)")
    with Universe(settings=settings) as universe, pytest.raises(LuauError, match="429"):
        universe.server().run(SEARCH, {})


@pytest.mark.parametrize("class_name", ["Sound", "AudioPlayer"])
@pytest.mark.parametrize("end", ["Destroy", "ClearAllChildren"])
def test_what_scripts_forget_is_forgotten(class_name: str, end: str) -> None:
    with Universe(time_limit=None) as universe:
        sizes = universe.server().run(
            """
            local class, ending = ...
            local sizes = {}
            for round = 1, 10 do
                for index = 1, 500 do
                    local it = Instance.new(class)
                    it[ending](it)
                end
                -- Between two collections there is garbage, too: the least that is seen while they come round is held.
                local least = math.huge
                for _ = 1, 50000 do
                    local _ = table.create(16, 0)
                    least = math.min(least, gcinfo())
                end
                table.insert(sizes, least)
            end
            return sizes[1], sizes[10]""",
            *(class_name, end),
        )
    first, last = (float(str(size)) for size in sizes)
    assert last < first * 1.1


def test_content_that_was_loaded_long_ago_has_to_be_loaded_again(server: Peer) -> None:
    assert server.run(
        """
        local sound = Instance.new("Sound")
        local function load(number)
            local at = os.clock()
            sound.SoundId = "rbxassetid://" .. number
            sound.Loaded:Wait()
            return os.clock() - at > 0.1
        end
        local first, other, again = load(1), load(2), load(1)
        for number = 3, 300 do load(number) end
        return first, other, again, load(1)"""
    ) == [True, True, False, True]
