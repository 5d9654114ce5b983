"""A game's secrets: their values stay on this side of the border and are put into requests here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a game, as its owner enters it in the Creator Dashboard."""

    value: str = field(repr=False)
    """At most 1024 characters."""
    domain: str = "*"
    """Where it may be sent: a host, `*.example.com` for the hosts below one, or `*`."""

    def __post_init__(self) -> None:
        if len(self.value) > 1024:
            raise ValueError("a secret has at most 1024 characters")

    def allows(self, host: str) -> bool:
        """Tell whether it may be sent to `host`."""
        if self.domain.startswith("*."):
            return host.endswith(self.domain[1:].lower())
        return self.domain.lower() in ("*", host)


def reveal(text: str, secrets: Mapping[str, Secret]) -> tuple[str, list[Secret]]:
    """Put the values into a text in which the double wrote NUL, name, NUL for each secret; return those used, too."""
    pieces = text.split("\0")
    used = [secrets[name] for name in pieces[1::2]]
    pieces[1::2] = [secret.value for secret in used]
    return "".join(pieces), used
