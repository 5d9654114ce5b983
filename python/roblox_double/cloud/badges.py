"""BadgeService: badges and who has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from roblox_double.cloud.calls import CloudError

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.vm import LuauValue

_MOST = 10


class Badges:
    """The badges of a game. One that nobody has described is enabled, and nameless."""

    methods: frozenset[str] = frozenset(
        {"AwardBadge", "AwardBadgeAsync", "CheckUserBadgesAsync", "GetBadgeInfoAsync", "UserHasBadge"}
        | {"UserHasBadgeAsync"}
    )
    failure = "HTTP 500 (Internal Server Error)"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._info: dict[int, dict[str, LuauValue]] = {}
        self.owned: set[tuple[int, int]] = set()
        """Who has which badge: user and badge."""

    def add(self, badge: int, *, name: str = "", description: str = "", icon: int = 0, enabled: bool = True) -> None:
        """Describe a badge."""
        self._info[badge] = {
            "Name": name,
            "Description": description,
            "IconImageId": icon,
            "IsEnabled": enabled,
        }

    def of(self, user_id: int) -> set[int]:
        """Return the badges of a user."""
        return {badge for user, badge in self.owned if user == user_id}

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.web_service_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Award a badge, or tell what is asked."""
        user, wanted = cast("tuple[int, Any]", arguments)
        if operation == "info":
            if wanted not in self._info:
                raise CloudError("HTTP 404 (Not Found)")
            return [self._info[wanted]]
        if operation == "owned":
            if len(wanted) > _MOST:
                raise CloudError(f"CheckUserBadgesAsync: at most {_MOST} badges", seconds=0.0)
            return [[badge for badge in wanted if (user, badge) in self.owned]]
        if operation == "has":
            return [(user, wanted) in self.owned]
        here = any(peer.identity.get("userId") == user for peer in self._cloud.clients(call.peer.server))
        enabled = self._info.get(wanted, {}).get("IsEnabled", True)
        if not here or not enabled or (user, wanted) in self.owned:
            return [False]
        self.owned.add((user, wanted))
        return [True]
