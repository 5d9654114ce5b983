"""TextService's filter: what players write, as others may see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from roblox_double.cloud.calls import text_of

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.cloud.calls import Call
    from roblox_double.vm import LuauValue


class TextFilter:
    """Replaces words by #: those that a test has added to `words`, in any spelling of their letters."""

    methods: frozenset[str] = frozenset(
        {"FilterStringAsync", "GetNonChatStringForBroadcastAsync", "GetNonChatStringForUserAsync"}
    )
    failure = "An error occurred while filtering the text"

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.words: set[str] = set()
        """What nobody may read."""
        self.asked: list[str] = []
        """The texts that scripts have had filtered."""

    # What the cloud asks

    def seconds(self) -> float:
        """Return how long an answer takes."""
        return self._cloud.settings.web_service_seconds

    def answer(self, call: Call, operation: str, *arguments: LuauValue) -> list[LuauValue]:
        """Take in a text, or return what is left of it."""
        del call
        text = text_of(arguments[0])
        if operation == "filter":
            self.asked.append(text)
            return []
        for word in self.words:
            text = re.sub(re.escape(word), lambda found: "#" * len(found[0]), text, flags=re.IGNORECASE)
        return [text]
