"""MarketplaceService: what a game sells, what its players have bought, and what it still owes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from roblox_double.cloud.calls import CloudError

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.peer import Peer
    from roblox_double.vm import LuauValue

type Kind = Literal["product", "pass", "asset", "bundle", "subscription"]
type Id = int | str
"""Subscriptions have texts for ids."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question whether a player wants to buy something, that a script has put on their screen."""

    user_id: int
    kind: Kind
    id: Id


@dataclass(slots=True)
class Receipt:
    """A developer product that a player has paid for."""

    user_id: int
    product: int
    purchase_id: str
    price: int
    granted: bool = False
    """Whether the game's ProcessReceipt has said PurchaseGranted."""


class Marketplace:
    """What is for sale, who owns it, and the receipts."""

    methods: frozenset[str] = frozenset(
        {"GetProductInfo", "GetProductInfoAsync", "GetUserSubscriptionStatusAsync", "PlayerOwnsAsset"}
        | {"PlayerOwnsAssetAsync", "PlayerOwnsBundle", "PlayerOwnsBundleAsync", "UserOwnsGamePassAsync"}
    )
    failure = "HTTP 500 (Internal Server Error)"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._wares: dict[tuple[str, Id], dict[str, LuauValue]] = {}
        self.prompts: list[Prompt] = []
        """The questions that nobody has answered yet."""
        self.receipts: list[Receipt] = []
        """Every purchase of a developer product."""
        self.owned: set[tuple[int, Kind, Id]] = set()
        """Who has what for good: user, kind and id."""

    def add(self, kind: Kind, id: Id, *, name: str = "", price: int = 0, description: str = "") -> None:
        """Put something up for sale, so that scripts can ask about it."""
        self._wares[kind, id] = {
            "Name": name,
            "Description": description,
            "PriceInRobux": price,
            "IsForSale": True,
            "ProductId" if kind == "product" else "AssetId": id,
        }

    def give(self, client: Peer, kind: Kind, id: Id) -> None:
        """Let a player own something from now on, as if bought before."""
        self.owned.add((_user(client), kind, id))

    def sell(self, client: Peer, product: int) -> Receipt:
        """Let a player buy a developer product, without a prompt, as in the game's store."""
        price = self._wares.get(("product", product), {}).get("PriceInRobux", 0)
        number = f"{len(self.receipts) + 1:032x}"
        self.receipts.append(Receipt(_user(client), product, number, cast(int, price)))
        self.remind(client)
        return self.receipts[-1]

    def answer_prompt(self, client: Peer, *, bought: bool) -> None:
        """Let a player answer the latest question on their screen."""
        user = _user(client)
        prompt = next((one for one in reversed(self.prompts) if one.user_id == user), None)
        if prompt is None:
            raise ValueError(
                f"{client.name} is not asked to buy anything: no script has called a Prompt method for them"
            )
        self.prompts.remove(prompt)
        for peer in (client.server, client):
            peer.enter_deed("finished", prompt.kind, client.number, user, prompt.id, bought)
        if bought and prompt.kind == "product":
            self.sell(client, cast(int, prompt.id))
        elif bought:
            self.owned.add((user, prompt.kind, prompt.id))

    def remind(self, client: Peer) -> None:
        """Hand every receipt of a player that is not granted to the server's ProcessReceipt."""
        for receipt in self.receipts:
            if receipt.user_id == _user(client) and not receipt.granted:
                client.server.enter_deed(
                    "receipt", receipt.purchase_id, receipt.user_id, receipt.product, receipt.price
                )

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.web_service_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Note a prompt or a granted receipt, or tell what is asked."""
        del call
        if operation == "grant":
            for receipt in self.receipts:
                receipt.granted = receipt.granted or receipt.purchase_id == arguments[0]
            return []
        if operation == "info":
            ware = self._wares.get(cast("tuple[str, Id]", arguments))
            if ware is None:
                raise CloudError("HTTP 404 (Not Found)")
            return [ware]
        user, kind, which = cast("tuple[int, Kind, Id]", arguments)
        if operation == "owns":
            return [(user, kind, which) in self.owned]
        self.prompts.append(Prompt(user, kind, which))
        return []


def _user(client: Peer) -> int:
    return cast(Any, client.identity["userId"])
