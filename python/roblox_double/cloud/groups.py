"""The groups of Roblox, and who is a member of which."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.vm import LuauValue

_HIGHEST = 255
_QUESTIONS = ("IsInGroup", "GetRankInGroup", "GetRoleInGroup")


class Groups:
    """Who is in which group, with which rank and role: nobody in any, unless a test says otherwise."""

    methods: frozenset[str] = frozenset({*_QUESTIONS, *(f"{name}Async" for name in _QUESTIONS)})
    failure = "HTTP 500 (Internal Server Error)"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._members: dict[tuple[int, int], tuple[int, str]] = {}

    def join(self, user_id: int, group: int, *, rank: int = 1, role: str = "Member") -> None:
        """Let a user be a member of a group."""
        if not 0 < rank <= _HIGHEST:
            raise ValueError(f"the rank of a member is from 1 to {_HIGHEST}, not {rank}")
        self._members[user_id, group] = (rank, role)

    def leave(self, user_id: int, group: int) -> None:
        """Let a user be none."""
        self._members.pop((user_id, group), None)

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.web_service_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Tell whether a user is in a group, or with which rank or role."""
        del call
        user, group = cast("tuple[int, int]", arguments)
        rank, role = self._members.get((user, group), (0, "Guest"))
        return [{"member": rank > 0, "rank": rank, "role": role}[operation]]
