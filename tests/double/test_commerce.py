"""Purchases, badges, policies and filtered texts: what a game asks about its players."""

from __future__ import annotations

from typing import Any

import pytest

from roblox_double import LuauError, Peer, Settings, Universe

_OPEN = """
local market = game:GetService("MarketplaceService")
local ann = game.Players.Ann
"""
_TELL = (
    _OPEN
    + """
for _, event in { "PromptProductPurchaseFinished", "PromptGamePassPurchaseFinished", "PromptPurchaseFinished",
    "PromptBundlePurchaseFinished", "PromptSubscriptionPurchaseFinished" } do
    market[event]:Connect(function(who, id, bought) print(event, who, id, bought) end)
end
"""
)
_SHOP = """
game:GetService("MarketplaceService").ProcessReceipt = function(receipt)
    print(receipt.PlayerId, receipt.ProductId, receipt.CurrencySpent, receipt.CurrencyType.Name,
        receipt.PlaceIdWherePurchased, #receipt.PurchaseId)
    if workspace:GetAttribute("Closed") then
        return Enum.ProductPurchaseDecision.NotProcessedYet
    end
    return Enum.ProductPurchaseDecision.PurchaseGranted
end
"""


@pytest.fixture
def ann(universe: Universe) -> Peer:
    universe.server()
    client = universe.client("Ann", user_id=7)
    universe.advance(1)
    return client


def texts(peer: Peer) -> list[str]:
    """Return what was printed since the last look."""
    lines = [line.text for line in peer.output]
    peer.output.clear()
    return lines


def do(peer: Peer, source: str) -> Any:
    results = peer.run(_OPEN + source, parent="ReplicatedStorage")
    return results[0] if results else None


# Purchases


@pytest.mark.fact("market.prompts")
@pytest.mark.parametrize("asker", ["server", "client"])
@pytest.mark.parametrize(
    ("call", "kind", "event"),
    [
        ("PromptProductPurchase(ann, 5)", "product", "PromptProductPurchaseFinished 7 5"),
        ("PromptGamePassPurchase(ann, 5)", "pass", "PromptGamePassPurchaseFinished Ann 5"),
        ("PromptPurchase(ann, 5)", "asset", "PromptPurchaseFinished Ann 5"),
        ("PromptBundlePurchase(ann, 5)", "bundle", "PromptBundlePurchaseFinished Ann 5"),
        ("PromptSubscriptionPurchase(ann, 'EXP-1')", "subscription", "PromptSubscriptionPurchaseFinished Ann EXP-1"),
    ],
)
def test_a_player_is_asked_and_answers(
    universe: Universe, ann: Peer, asker: str, call: str, kind: str, event: str
) -> None:
    for peer in (ann, ann.server):
        peer.spawn(_TELL, parent="ReplicatedStorage")
    market = universe.cloud().marketplace
    for answer, bought in ((ann.decline, "false"), (ann.buy, "true")):
        do(ann.server if asker == "server" else ann, f"market:{call}")
        assert [(prompt.user_id, prompt.kind) for prompt in market.prompts] == [(7, kind)]
        assert not any(user == 7 for user, _, _ in market.owned)
        answer()
        assert market.prompts == []
        assert (texts(ann.server), texts(ann)) == ([f"{event} {bought}"], [f"{event} {bought}"])
    assert (len(market.owned), len(market.receipts)) == ((0, 1) if kind == "product" else (1, 0))
    with pytest.raises(ValueError, match="Ann is not asked to buy anything"):
        ann.buy()


@pytest.mark.fact("market.receipts")
def test_a_product_is_paid_for_and_granted(universe: Universe, ann: Peer) -> None:
    market = universe.cloud().marketplace
    market.add("product", 5, name="Coins", price=25)
    ann.server.spawn(_SHOP)
    do(ann.server, "market:PromptProductPurchase(ann, 5)")
    ann.buy()
    assert texts(ann.server) == ["7 5 25 Robux 1 32"]
    assert [(receipt.product, receipt.price, receipt.granted) for receipt in market.receipts] == [(5, 25, True)]
    market.sell(ann, 6)
    assert texts(ann.server) == ["7 6 0 Robux 1 32"]


@pytest.mark.fact("market.receipts")
def test_what_is_not_granted_is_asked_again_later(universe: Universe, ann: Peer) -> None:
    server, market = ann.server, universe.cloud().marketplace
    server.spawn(_SHOP)
    do(server, "workspace:SetAttribute('Closed', true)")
    receipt = market.sell(ann, 5)
    universe.advance(3600)
    assert texts(server) == ["7 5 0 Robux 1 32"]
    market.sell(ann, 6)
    assert texts(server) == ["7 5 0 Robux 1 32", "7 6 0 Robux 1 32"]
    universe.leave(ann)
    other = universe.server(place_id=3)
    other.spawn(_SHOP)
    assert not receipt.granted
    universe.client("Ann", user_id=7, server=other)
    universe.client("Ben", user_id=8, server=other)
    universe.advance(1)
    assert texts(other) == ["7 5 0 Robux 3 32", "7 6 0 Robux 3 32"]
    assert receipt.granted


@pytest.mark.fact("market.receipts")
def test_receipts_wait_for_the_script_and_survive_its_errors(universe: Universe, ann: Peer) -> None:
    receipt = universe.cloud().marketplace.sell(ann, 5)
    do(ann.server, "market.ProcessReceipt = function() error('no') end")
    universe.advance(1)
    assert [line.kind for line in ann.server.output] == ["error"]
    do(
        ann.server,
        "market.ProcessReceipt = function() task.wait(5) return Enum.ProductPurchaseDecision.PurchaseGranted end",
    )
    universe.cloud().marketplace.remind(ann)
    universe.advance(4)
    assert not receipt.granted
    universe.advance(2)
    assert receipt.granted


@pytest.mark.fact("market.owns")
def test_what_a_player_has(universe: Universe, ann: Peer) -> None:
    source = """
    local status = market:GetUserSubscriptionStatusAsync(ann, "EXP-1")
    return { market:UserOwnsGamePassAsync(7, 1), market:PlayerOwnsAsset(ann, 2), market:PlayerOwnsAssetAsync(ann, 2),
        market:PlayerOwnsBundle(ann, 3), market:PlayerOwnsBundleAsync(ann, 3), status.IsSubscribed, status.IsRenewing }
    """
    assert do(ann.server, source) == [False] * 7
    market = universe.cloud().marketplace
    for kind, which in (("pass", 1), ("asset", 2), ("bundle", 3), ("subscription", "EXP-1")):
        market.give(ann, kind, which)  # pyright: ignore[reportArgumentType]
    assert do(ann.server, source) == [True] * 7
    assert do(ann, source) == [True] * 7
    assert do(ann.server, "return market:UserOwnsGamePassAsync(8, 1)") is False


@pytest.mark.fact("market.info")
def test_what_a_thing_costs(universe: Universe, ann: Peer) -> None:
    market = universe.cloud().marketplace
    market.add("product", 5, name="Coins", price=25, description="shiny")
    market.add("pass", 5, name="VIP", price=99)
    market.add("asset", 5, name="Hat")
    source = """
    local product = market:GetProductInfo(5, Enum.InfoType.Product)
    local pass = market:GetProductInfoAsync(5, "GamePass")
    return { product.Name, product.PriceInRobux, product.Description, product.ProductId, product.IsForSale,
        pass.Name, pass.PriceInRobux, pass.AssetId, market:GetProductInfo(5).Name }
    """
    assert do(ann.server, source) == ["Coins", 25, "shiny", 5, True, "VIP", 99, 5, "Hat"]
    with pytest.raises(LuauError, match=r"HTTP 404 \(Not Found\)"):
        do(ann.server, "market:GetProductInfo(6)")
    with pytest.raises(LuauError, match='Invalid value "Hat" for enum InfoType'):
        do(ann.server, "market:GetProductInfo(5, 'Hat')")
    with pytest.raises(LuauError, match="Unable to cast value to Object"):
        do(ann.server, "market:PromptPurchase(workspace, 5)")


# Badges


@pytest.mark.fact("badge.award")
def test_badges_are_awarded_once_to_who_is_there(universe: Universe, ann: Peer) -> None:
    badges = universe.cloud().badges
    badges.add(3, enabled=False)
    source = """
    local badges = game:GetService("BadgeService")
    return { badges:UserHasBadgeAsync(7, 1), badges:AwardBadgeAsync(7, 1), badges:AwardBadge(7, 1),
        badges:AwardBadgeAsync(8, 1), badges:AwardBadgeAsync(7, 3), badges:UserHasBadge(7, 1) }
    """
    assert do(ann.server, source) == [False, True, False, False, False, True]
    assert (badges.of(7), badges.owned) == ({1}, {(7, 1)})
    with pytest.raises(LuauError, match="AwardBadge can only be called from the server"):
        do(ann, "game:GetService('BadgeService'):AwardBadge(7, 1)")
    elsewhere = universe.server().run("return game:GetService('BadgeService'):AwardBadgeAsync(7, 2)")
    assert elsewhere == [False]


@pytest.mark.fact("badge.info")
def test_what_is_known_of_badges(universe: Universe, ann: Peer) -> None:
    badges = universe.cloud().badges
    badges.add(1, name="Welcome", description="You came", icon=9)
    badges.owned |= {(7, 1), (7, 4)}
    source = """
    local badges = game:GetService("BadgeService")
    local info = badges:GetBadgeInfoAsync(1)
    return { info.Name, info.Description, info.IconImageId, info.IsEnabled,
        table.concat(badges:CheckUserBadgesAsync(7, { 1, 2, 4 }), " ") }
    """
    assert do(ann.server, source) == ["Welcome", "You came", 9, True, "1 4"]
    with pytest.raises(LuauError, match=r"HTTP 404"):
        do(ann.server, "game:GetService('BadgeService'):GetBadgeInfoAsync(2)")
    with pytest.raises(LuauError, match="CheckUserBadgesAsync: at most 10 badges"):
        do(ann.server, "game:GetService('BadgeService'):CheckUserBadgesAsync(7, table.create(11, 1))")


# Policies and texts


@pytest.mark.fact("policy.info")
def test_policies_allow_everything_unless_told(universe: Universe, ann: Peer) -> None:
    source = """
    local info = game:GetService("PolicyService"):GetPolicyInfoForPlayerAsync(ann)
    return { info.ArePaidRandomItemsRestricted, info.AreAdsAllowed, info.AllowedExternalLinkReferences[1] }
    """
    assert do(ann.server, source) == [False, True, "Discord"]
    policies = universe.cloud().policies
    policies.set(7, ArePaidRandomItemsRestricted=True, AllowedExternalLinkReferences=[])
    policies.set(8, AreAdsAllowed=False)
    assert do(ann, source) == [True, True]
    with pytest.raises(ValueError, match="there is no policy Fun; there are AllowedExternalLinkReferences, AreAds"):
        policies.set(7, Fun=True)


@pytest.mark.fact("text.filter")
def test_texts_are_filtered(universe: Universe, ann: Peer) -> None:
    texts_ = universe.cloud().text_filter
    texts_.words |= {"duck", "a.b"}
    source = """
    local result = game:GetService("TextService"):FilterStringAsync("DUCK and a.b and axb", 7)
    return { result:GetNonChatStringForBroadcastAsync(), result:GetNonChatStringForUserAsync(7), result.ClassName }
    """
    assert do(ann.server, source) == ["#### and ### and axb", "#### and ### and axb", "TextFilterResult"]
    assert texts_.asked == ["DUCK and a.b and axb"]
    with pytest.raises(LuauError, match="FilterStringAsync can only be called from the server"):
        do(ann, "game:GetService('TextService'):FilterStringAsync('x', 7)")


# What they share


_CALLS = {
    "MarketplaceService.UserOwnsGamePassAsync": "market:UserOwnsGamePassAsync(7, 1)",
    "MarketplaceService.GetProductInfo": "market:GetProductInfo(5)",
    "BadgeService.AwardBadgeAsync": "game:GetService('BadgeService'):AwardBadgeAsync(7, 1)",
    "PolicyService.GetPolicyInfoForPlayerAsync": "game:GetService('PolicyService'):GetPolicyInfoForPlayerAsync(ann)",
    "TextService.FilterStringAsync": "game:GetService('TextService'):FilterStringAsync('x', 7)",
}


@pytest.mark.fact("web_service.faults")
@pytest.mark.parametrize("what", _CALLS)
def test_each_can_be_made_to_fail(universe: Universe, ann: Peer, what: str) -> None:
    universe.cloud().marketplace.add("asset", 5)
    failure = "An error occurred while filtering the text" if "Text" in what else r"HTTP 500 \(Internal Server Error\)"
    with universe.cloud().faults.fail(what), pytest.raises(LuauError, match=failure):
        do(ann.server, _CALLS[what])
    with universe.cloud().faults.fail(what.partition(".")[0], "mine"), pytest.raises(LuauError, match="mine"):
        do(ann.server, _CALLS[what])
    do(ann.server, _CALLS[what])


@pytest.mark.fact("web_service.latency")
@pytest.mark.parametrize("seconds", [0.1, 4.0])
def test_answers_take_a_while(seconds: float) -> None:
    with Universe(settings=Settings(web_service_seconds=seconds)) as universe:
        server = universe.server()
        universe.client("Ann")
        for call in (_CALLS["MarketplaceService.UserOwnsGamePassAsync"], *list(_CALLS.values())[2:]):
            took = do(server, f"local t = os.clock() {call} return os.clock() - t")
            assert took == pytest.approx(seconds, abs=0.02)
