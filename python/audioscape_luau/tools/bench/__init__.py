"""What the client and its radio cost, as ratios measured in one run, and what players hear of the radio."""

from __future__ import annotations

from collections.abc import Sequence

from audioscape_luau.tools.bench import client, flow, growth, many, planning, players, radio

__all__ = ["measure"]


def measure(*, rounds: int = 9, columns: Sequence[int] = ()) -> dict[str, float]:
    """Measure everything; return one flat mapping.

    `rounds` are those of `client.measure` and `growth.measure`, `columns` those of `many.measure`.
    """
    return {
        **client.measure(rounds=rounds),
        **growth.measure(rounds=rounds),
        **radio.measure(),
        **flow.measure(),
        **planning.measure(),
        **players.measure(),
        **many.measure(columns=columns),
    }
