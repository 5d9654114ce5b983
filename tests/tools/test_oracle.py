"""The radio that knows all keeps the rules of ours."""

from __future__ import annotations

from audioscape_luau.mock import Catalogue
from audioscape_luau.tools.oracle import HISTORY, SPACING, likeness, oracle


def test_the_oracle_keeps_the_rules_of_the_radio() -> None:
    catalogue = Catalogue.generate(size=300, seed=3)
    played = oracle(catalogue, catalogue.entries[0].asset_id, 80)
    entries = [catalogue.by_id[one] for one in played]
    for at, entry in enumerate(entries):
        assert entry not in entries[max(0, at - HISTORY) : at]
        before = entries[max(0, at - SPACING) : at]
        assert entry.fields["artist"] not in {one.fields["artist"] for one in before}
    first, second = likeness(catalogue, played[:3])
    assert first == next(score for score, entry in catalogue.neighbours(played[0]) if entry.asset_id == played[1])
    assert second == next(score for score, entry in catalogue.neighbours(played[1]) if entry.asset_id == played[2])
