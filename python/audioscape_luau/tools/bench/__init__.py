"""What the client and its radio cost, as ratios measured in one run, and what players hear of the radio."""

from __future__ import annotations

from audioscape_luau.tools.bench import client, flow, growth, planning, players, radio

__all__ = ["measure"]


def measure(*, rounds: int = 9) -> dict[str, float]:
    """Measure everything; return one flat mapping. `rounds` are those of `client.measure` and `growth.measure`."""
    return {
        **client.measure(rounds=rounds),
        **growth.measure(rounds=rounds),
        **radio.measure(),
        **flow.measure(),
        **planning.measure(),
        **players.measure(),
    }
