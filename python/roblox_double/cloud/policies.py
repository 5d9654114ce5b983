"""PolicyService: what each player may see and do, by where they live and how old they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.vm import LuauValue

_USUAL: dict[str, LuauValue] = {
    "AreAdsAllowed": True,
    "ArePaidRandomItemsRestricted": False,
    "AllowedExternalLinkReferences": ["Discord", "Facebook", "Guilded", "Twitch", "X", "YouTube"],
    "IsContentSharingAllowed": True,
    "IsEligibleToPurchaseCommerceProduct": True,
    "IsEligibleToPurchaseSubscription": True,
    "IsEndlessContentAutoplayAllowed": True,
    "IsEndlessContentLoadAllowed": True,
    "IsPaidItemTradingAllowed": True,
    "IsPhotoToAvatarAllowed": True,
    "IsSubjectToChinaPolicies": False,
}


class Policies:
    """What the policies allow: everything, unless a test says otherwise."""

    methods: frozenset[str] = frozenset({"GetPolicyInfoForPlayerAsync"})
    failure = "HTTP 500 (Internal Server Error)"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._changes: dict[int, dict[str, LuauValue]] = {}

    def set(self, user_id: int, **changes: LuauValue) -> None:
        """Change what holds for a user: `set(7, ArePaidRandomItemsRestricted=True)`."""
        unknown = set(changes) - set(_USUAL)
        if unknown:
            raise ValueError(f"there is no policy {', '.join(sorted(unknown))}; there are {', '.join(sorted(_USUAL))}")
        self._changes.setdefault(user_id, {}).update(changes)

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.web_service_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Tell what holds for a user."""
        del call, operation
        return [_USUAL | self._changes.get(cast(int, arguments[0]), {})]
