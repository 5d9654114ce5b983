"""What the simulation claims about Roblox: how many facts there are, what shows them, and the page about them."""

from __future__ import annotations

from pathlib import Path

from audioscape_luau import resources
from roblox_double.facts import FactError, load_facts
from roblox_double.facts.evidence import Counts, count, gather
from roblox_double.facts.page import PAGE, render_page

__all__ = ["PAGE", "FactError", "counts", "write"]


def counts() -> Counts:
    """Count the facts and, where the tests are at hand, those that a test shows."""
    root = resources.checkout()
    return count(load_facts(), gather(root / "tests") if root else None)


def write(root: Path) -> None:
    """Update the page in a checkout."""
    (root / PAGE).parent.mkdir(exist_ok=True)
    (root / PAGE).write_text(render_page(load_facts(), "audioscape facts"), encoding="utf-8")
