"""What the double models is held against the engine's description: no member too many, each one as it is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from roblox_double import Universe
from roblox_double.bridge import Bridge, HttpReply, HttpRequest
from roblox_double.surface import Class, Member, Surface, by_hand

NOT_THE_ENGINES = {
    "AudioPlayer.PlayingReplicator": "how a server tells its clients that a player plays; scripts do not see it",
    "LuaSourceContainer.Source": "only scripts and modules have it in the engine, which is the same to scripts",
    "ValueBase.changed": "the engine has it on each kind of value",
}
"""Members of the double that the engine's description does not have where the double has them."""
FOR_FILES = {
    "Model.WorldPivotData": "how files and a server tell the pivot; scripts see WorldPivot",
    "Sound.PlayingReplicator": "how a server tells its clients that a sound plays; scripts do not see it",
    "Workspace.SignalBehavior": "files decide, scripts read an error: the fact signal.behavior.locked",
}
"""Members that only files have in the engine."""
OTHER_DEFAULTS = {
    "SoundService.RespectFilteringEnabled": "a setting: places of today have it on, what the engine begins with is off",
}
OTHER_REPLICATION = {
    "AudioPlayer.AudioContent": "it replicates as Asset, which the double keeps",
    "AudioPlayer.Asset": "the double keeps this form of its content",
    "AudioPlayer.IsPlaying": "each machine has its own; PlayingReplicator tells clients",
    "AudioPlayer.TimePosition": "the fact audio_player.replication: each machine plays by itself",
    "BaseScript.Disabled": "it replicates as Enabled, which the double keeps",
    "BaseScript.Enabled": "the double keeps this one of the two",
    "GetTextBoundsParams.Font": "the double makes them where they are used, outside the tree",
    "GetTextBoundsParams.RichText": "see GetTextBoundsParams.Font",
    "GetTextBoundsParams.Size": "see GetTextBoundsParams.Font",
    "GetTextBoundsParams.Text": "see GetTextBoundsParams.Font",
    "GetTextBoundsParams.Width": "see GetTextBoundsParams.Font",
    "HttpService.HttpEnabled": "both sides have what the game's settings say",
    "Humanoid.Health": "the engine tells clients in a form of its own",
    "Instance.Name": "replication tells names apart from properties",
    "Lighting.ClockTime": "the double keeps this form of the time of day",
    "Lighting.TimeOfDay": "it replicates as ClockTime, which the double keeps",
    "Sound.AudioContent": "it replicates as SoundId, which the double keeps",
    "Sound.PlaybackSpeed": "the engine's tag says no, but what a server sets is heard: the fact sound.replication",
    "Sound.SoundId": "the double keeps this form of its content",
    "TextBox.CursorPosition": "a client's cursor is its own",
    "TextBox.SelectionStart": "see TextBox.CursorPosition",
}
CLASSES = by_hand()


@pytest.fixture(scope="module")
def surface() -> Iterator[Surface]:
    with Universe() as universe:
        yield Surface(universe)


def own(name: str, ours: Class) -> dict[str, Member]:
    return {f"{name}.{key}": member for key, member in ours.members.items() if member.owner == name}


@pytest.mark.cases(28)
@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_what_it_is_in_the_engine(surface: Surface, name: str) -> None:
    ours, engine = surface.pair(name)
    assert (ours.superclass, ours.creatable, ours.service) == (engine.superclass, engine.creatable, engine.service)


@pytest.mark.cases(18)
@pytest.mark.parametrize("name", CLASSES)
def test_no_member_is_invented(surface: Surface, name: str) -> None:
    ours, engine = surface.pair(name)
    for key, member in own(name, ours).items():
        there = engine.members.get(key.partition(".")[2])
        assert (there is None) == (key in NOT_THE_ENGINES), key
        if there:
            assert member.kind == "alias" or there.kind in (member.kind, "name"), key
            # What overrides another is declared where the engine declares it, too.
            assert there.owner == name or key.partition(".")[2] in surface.pair(there.owner)[0].members, key
            assert there.saved == (key in FOR_FILES), key


@pytest.mark.cases(28)
@pytest.mark.parametrize("name", CLASSES)
def test_each_property_is_as_in_the_engine(surface: Surface, name: str) -> None:
    ours, engine = surface.pair(name)
    for key, member in own(name, ours).items():
        there = engine.members.get(key.partition(".")[2])
        if member.kind == "property" and there and key not in FOR_FILES:
            assert (member.type, member.read_only, member.access) == (there.type, there.read_only, there.access), key
            assert (member.replicates != there.replicates) == (key in OTHER_REPLICATION), key


@pytest.mark.cases(28)
@pytest.mark.parametrize("name", CLASSES)
def test_each_property_begins_as_in_the_engine(surface: Surface, name: str) -> None:
    ours, engine = surface.pair(name)
    if not (ours.creatable or ours.service):
        return
    for key, member in ours.members.items():
        there = engine.members.get(key)
        if member.kind == "property" and not member.computed and there and there.default is not None:
            differs = f"{member.owner}.{key}" in OTHER_DEFAULTS
            assert (member.default != there.default) == differs, key


SETUP = """
    local replicated, players = game:GetService("ReplicatedStorage"), game:GetService("Players")
    local ask = replicated:FindFirstChild("Ask") or Instance.new("RemoteFunction", replicated)
    ask.Name = "Ask"
    local http = game:GetService("HttpService")
"""
ON_SERVERS = """
    local data, memory = game:GetService("DataStoreService"), game:GetService("MemoryStoreService")
    local store, ordered = data:GetDataStore("Coins"), data:GetOrderedDataStore("Best")
    store:SetAsync("ann", 1)
    store:SetAsync("ben", 1)
    local map, sorted, queue = memory:GetHashMap("Map"), memory:GetSortedMap("Sorted"), memory:GetQueue("Queue")
    local counter = memory:GetDistributedCounter("Counter")
    local messages, assets = game:GetService("MessagingService"), game:GetService("AssetService")
    local badges, market = game:GetService("BadgeService"), game:GetService("MarketplaceService")
    local policies, texts = game:GetService("PolicyService"), game:GetService("TextService")
    local filtered = texts:FilterStringAsync("a", 1)
    local pages = store:ListKeysAsync("", 1)
    local function same(value) return value end
"""
YIELDS = {
    "StarterGui.GetCore": "game:GetService('StarterGui'):GetCore('ChatActive')",
    "AssetService.GetAudioMetadataAsync": "assets:GetAudioMetadataAsync({ 1 })",
    "AssetService.SearchAudioAsync": "assets:SearchAudioAsync(Instance.new('AudioSearchParams'))",
    "BadgeService.AwardBadge": "badges:AwardBadge(1, 2)",
    "BadgeService.AwardBadgeAsync": "badges:AwardBadgeAsync(1, 2)",
    "BadgeService.CheckUserBadgesAsync": "badges:CheckUserBadgesAsync(1, { 2 })",
    "BadgeService.GetBadgeInfoAsync": "badges:GetBadgeInfoAsync(2)",
    "BadgeService.UserHasBadge": "badges:UserHasBadge(1, 2)",
    "BadgeService.UserHasBadgeAsync": "badges:UserHasBadgeAsync(1, 2)",
    "BindableFunction.Invoke": "Instance.new('BindableFunction'):Invoke()",
    "ContentProvider.PreloadAsync": "game:GetService('ContentProvider'):PreloadAsync({ 'rbxassetid://1' })",
    "DataStore.GetVersionAsync": "store:GetVersionAsync('ann', 'x')",
    "DataStore.GetVersionAtTimeAsync": "store:GetVersionAtTimeAsync('ann', 5)",
    "DataStore.ListKeysAsync": "store:ListKeysAsync()",
    "DataStore.ListVersionsAsync": "store:ListVersionsAsync('ann')",
    "DataStore.RemoveVersionAsync": "store:RemoveVersionAsync('ann', 'x')",
    "DataStoreService.ListDataStoresAsync": "data:ListDataStoresAsync()",
    "GlobalDataStore.GetAsync": "store:GetAsync('new')",
    "GlobalDataStore.IncrementAsync": "store:IncrementAsync('new')",
    "GlobalDataStore.RemoveAsync": "store:RemoveAsync('new')",
    "GlobalDataStore.SetAsync": "store:SetAsync('new', 1)",
    "GlobalDataStore.UpdateAsync": "store:UpdateAsync('new', same)",
    "HttpService.GetAsync": "http:GetAsync('https://x.test')",
    "HttpService.PostAsync": "http:PostAsync('https://x.test', '')",
    "HttpService.RequestAsync": "http:RequestAsync({ Url = 'https://x.test' })",
    "MarketplaceService.GetProductInfoAsync": "market:GetProductInfoAsync(1)",
    "MarketplaceService.GetUserSubscriptionStatusAsync": "market:GetUserSubscriptionStatusAsync(players.Ann, 'EXP-1')",
    "MarketplaceService.PlayerOwnsAsset": "market:PlayerOwnsAsset(players.Ann, 1)",
    "MarketplaceService.PlayerOwnsAssetAsync": "market:PlayerOwnsAssetAsync(players.Ann, 1)",
    "MarketplaceService.PlayerOwnsBundle": "market:PlayerOwnsBundle(players.Ann, 1)",
    "MarketplaceService.PlayerOwnsBundleAsync": "market:PlayerOwnsBundleAsync(players.Ann, 1)",
    "MarketplaceService.UserOwnsGamePassAsync": "market:UserOwnsGamePassAsync(1, 2)",
    "MemoryStoreDistributedCounter.GetAsync": "counter:GetAsync()",
    "MemoryStoreDistributedCounter.IncrementAsync": "counter:IncrementAsync(1, 60)",
    "MemoryStoreHashMap.GetAsync": "map:GetAsync('a')",
    "MemoryStoreHashMap.ListItemsAsync": "map:ListItemsAsync(1)",
    "MemoryStoreHashMap.RemoveAsync": "map:RemoveAsync('a')",
    "MemoryStoreHashMap.SetAsync": "map:SetAsync('a', 1, 60)",
    "MemoryStoreHashMap.UpdateAsync": "map:UpdateAsync('a', same, 60)",
    "MemoryStoreQueue.AddAsync": "queue:AddAsync(1, 60)",
    "MemoryStoreQueue.GetSizeAsync": "queue:GetSizeAsync()",
    "MemoryStoreQueue.ReadAsync": "queue:ReadAsync(1)",
    "MemoryStoreQueue.RemoveAsync": "queue:RemoveAsync('x')",
    "MemoryStoreSortedMap.GetAsync": "sorted:GetAsync('a')",
    "MemoryStoreSortedMap.GetRangeAsync": "sorted:GetRangeAsync(Enum.SortDirection.Ascending, 1)",
    "MemoryStoreSortedMap.GetSizeAsync": "sorted:GetSizeAsync()",
    "MemoryStoreSortedMap.RemoveAsync": "sorted:RemoveAsync('a')",
    "MemoryStoreSortedMap.SetAsync": "sorted:SetAsync('a', 1, 60)",
    "MemoryStoreSortedMap.UpdateAsync": "sorted:UpdateAsync('a', same, 60)",
    "MessagingService.PublishAsync": "messages:PublishAsync('topic', 1)",
    "MessagingService.SubscribeAsync": "messages:SubscribeAsync('topic', same)",
    "OrderedDataStore.GetSortedAsync": "ordered:GetSortedAsync(true, 1)",
    "Pages.AdvanceToNextPageAsync": "pages:AdvanceToNextPageAsync()",
    "Player.GetRankInGroup": "players.Ann:GetRankInGroup(5)",
    "Player.GetRankInGroupAsync": "players.Ann:GetRankInGroupAsync(5)",
    "Player.GetRoleInGroup": "players.Ann:GetRoleInGroup(5)",
    "Player.GetRoleInGroupAsync": "players.Ann:GetRoleInGroupAsync(5)",
    "Player.IsInGroup": "players.Ann:IsInGroup(5)",
    "Player.IsInGroupAsync": "players.Ann:IsInGroupAsync(5)",
    "Player.LoadCharacter": "players.Ann:LoadCharacter()",
    "Player.LoadCharacterAsync": "players.Ann:LoadCharacterAsync()",
    "Players.GetNameFromUserIdAsync": "players:GetNameFromUserIdAsync(players.Ann.UserId)",
    "Players.GetUserIdFromNameAsync": "players:GetUserIdFromNameAsync('Ann')",
    "Players.GetUserThumbnailAsync": "players:GetUserThumbnailAsync(1, 'HeadShot', 'Size60x60')",
    "PolicyService.GetPolicyInfoForPlayerAsync": "policies:GetPolicyInfoForPlayerAsync(players.Ann)",
    "RemoteFunction.InvokeClient": "ask:InvokeClient(players.Ann)",
    "RemoteFunction.InvokeServer": "ask:InvokeServer()",
    "TextFilterResult.GetNonChatStringForBroadcastAsync": "filtered:GetNonChatStringForBroadcastAsync()",
    "TextFilterResult.GetNonChatStringForUserAsync": "filtered:GetNonChatStringForUserAsync(1)",
    "TextService.FilterStringAsync": "texts:FilterStringAsync('a', 1)",
}
"""A call of each method that the engine's description says yields."""
RETURNS_AT_ONCE = {
    "ContextActionService.GetButton": "there are no buttons to wait for on a screen that nobody touches",
}


def test_each_method_that_yields_is_tried(surface: Surface) -> None:
    names: set[str] = set()
    for name in CLASSES:
        ours, engine = surface.pair(name)
        names |= {
            key
            for key, member in own(name, ours).items()
            if member.kind == "method" and engine.members.get(key.partition(".")[2], member).yields
        }
    assert names == YIELDS.keys() | RETURNS_AT_ONCE.keys()


class Anything(Bridge):
    """Answers every request."""

    def send(self, request: HttpRequest) -> HttpReply:
        return HttpReply(200, body=request.url.encode())


@pytest.mark.cases(20)
@pytest.mark.parametrize(("name", "call"), YIELDS.items())
def test_what_yields_there_yields_here(name: str, call: str) -> None:
    with Universe(bridge=Anything()) as universe:
        server, client = universe.server(), universe.client("Ann")
        universe.advance(1)
        if name in ("RemoteFunction.InvokeServer", "StarterGui.GetCore"):
            server.run(SETUP)
            universe.advance(1)
            source, peer = SETUP, client
        else:
            source, peer = SETUP + ON_SERVERS, server
        source += f"return coroutine.status(task.spawn(function() return {call} end))"
        assert peer.run(source, parent="ReplicatedStorage") == ["suspended"]
