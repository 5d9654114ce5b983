"""The page of the documentation that says what the engine double models, generated from its facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields

from roblox_double.facts import Fact
from roblox_double.probe import checks, unseen
from roblox_double.settings import Settings
from roblox_double.surface import Surface, by_hand
from roblox_double.universe import Universe

PAGE = "docs/engine-double.md"
"""Where the page lies in the repository."""

_SHARES = """The engine's own description has {} classes with {} members that scripts can use. Of these

- {} behave as in the engine, as far as the facts above go,
- {} are kept: a property has the engine's type and default, and keeps, tells and replicates what it is given; an event
  or a callback is there, and never called;
- {} are not modelled, as the text at the top says.

The table has the classes with any of the first kind. All other classes can be made, or are there, with what is kept.
"""

_ASKED = """[The probe](guide/probe.md) asks a real engine about {} of these facts; no script can see the other {}.
{}
"""
_NOTHING = """
Nobody has brought home a report yet: nothing on this page was seen in the engine itself by the probe. The marks say
what each statement rests on instead.
"""
_SEEN = """
Of them {} were seen to hold, in the engines of the first table; {} never were: {}.
"""

_DEFAULTS = {field.name: field.default for field in fields(Settings)}
_DOCUMENTATION = "https://create.roblox.com/docs/"
_HEAD = """# What is simulated

Generated from the facts in `python/roblox_double/facts/facts.toml` by `{command} --write`.

Tests run scripts on a simulated Roblox. This page lists what it does, with a source for each fact, and what it does not
do. A script that uses anything else gets the error `not modelled: NAME`, except that properties are kept and events are
there: see [below](#how-much-of-each-class). `{command}` counts how many facts have a test.

A source that begins with `reference/` or another folder is a page below <{documentation}>; `owner/name` is a
repository on GitHub. The mark says how reliable the source is:

- documented: the Roblox documentation says so.
- reported: somebody reported it in public.
- measured: it was run in upstream Luau.
- unknown: there is no source, or sources contradict each other.
"""


def render_page(facts: Sequence[Fact], command: str) -> str:
    """Return the page; `command` is what writes it."""
    return "\n".join(
        (
            _HEAD.format(documentation=_DOCUMENTATION, command=command),
            "## Modelled\n",
            *_table(
                ("Fact", "Statement", "Mark", "Source", "Setting"),
                (
                    (f"`{fact.id}`", fact.statement, fact.mark, fact.source, _setting(fact))
                    for fact in facts
                    if fact.modelled and fact.mark != "unknown"
                ),
            ),
            "\n## Unknown, and how to set it\n",
            "Each is a field of `roblox_double.Settings`. The client must work with every value.\n",
            *_table(
                ("Fact", "Question", "Setting and its default", "Source"),
                (
                    (f"`{fact.id}`", fact.statement, _setting(fact), fact.source)
                    for fact in facts
                    if fact.modelled and fact.mark == "unknown"
                ),
            ),
            "\n## Seen in the real engine\n",
            *_asked(facts),
            "\n## How much of each class\n",
            *_shares(),
            "\n## Not modelled\n",
            *_table(
                ("Fact", "Statement", "Mark", "Source"),
                ((f"`{fact.id}`", fact.statement, fact.mark, fact.source) for fact in facts if not fact.modelled),
            ),
            "",
        )
    )


def _asked(facts: Sequence[Fact]) -> Iterable[str]:
    asked = {check.fact for check in checks()}
    lines: dict[str, list[str]] = {}
    for fact in facts:
        for engine in fact.seen.split("; ") if fact.seen else ():
            lines.setdefault(engine, []).append(f"`{fact.id}`")
    never = [f"`{fact.id}`" for fact in facts if fact.id in asked and fact.seen is None]
    said = _SEEN.format(len(asked) - len(never), len(never), ", ".join(never)) if lines else _NOTHING
    yield _ASKED.format(len(asked), len(unseen()), said.rstrip())
    if lines:
        yield from _table(
            ("Engine", "Facts seen to hold"), ((engine, ", ".join(seen)) for engine, seen in sorted(lines.items()))
        )
        yield ""
    reasons: dict[str, list[str]] = {}
    for fact, reason in unseen().items():
        reasons.setdefault(reason, []).append(f"`{fact}`")
    yield from _table(
        ("Why no script can see it", "Facts"), ((reason, ", ".join(those)) for reason, those in reasons.items())
    )


def _shares() -> Iterable[str]:
    with Universe() as universe:
        shares = Surface(universe).shares()
    counts = [sum(getattr(share, kind) for share in shares) for kind in ("all", "simulated", "kept", "refused")]
    yield _SHARES.format(len(shares), *counts)
    defined = set(by_hand())
    yield from _table(
        ("Class", "Members", "As in the engine", "Kept", "Not modelled"),
        (
            (f"`{share.name}`", *(str(count) for count in (share.all, share.simulated, share.kept, share.refused)))
            for share in shares
            if share.simulated and share.name in defined
        ),
    )


def _setting(fact: Fact) -> str:
    return f"`{fact.setting} = {_DEFAULTS[fact.setting]!r}`" if fact.setting else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"
