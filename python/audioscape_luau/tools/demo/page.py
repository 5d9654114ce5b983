"""The journey as a page: a map of the catalogue with the path walked, and a timeline of what was heard."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from audioscape_luau.mock import Catalogue
from audioscape_luau.report import Cell, Detail, Fragment, Page, Row, Table, Tile, render
from audioscape_luau.tools.demo.journey import Journey, Point, lay_out
from audioscape_luau.tools.demo.show import clock, tempo
from audioscape_luau.tools.oracle import likeness

_WIDTH, _HEIGHT, _MARGIN = 720.0, 480.0, 12.0
_HOUR = 3600.0
_CHART = 90
"""Height of a likeness of 1."""
_LANE, _BAR, _LEAST = 38, 18, 0.2
"""Height of an hour of the timeline, and of a track in it; the least width of what is drawn, in hundredths of an hour.

The timeline is as wide as the page, and its texts keep their size: across it everything is measured in per cent.
"""

_STYLE = Markup("""
.map circle { fill: var(--soft); opacity: 0.35; }
.map a circle { fill: var(--accent); opacity: 1; }
.map a:hover circle, .timeline a:hover rect { fill: var(--warn); }
.map .path { fill: none; stroke: var(--accent); stroke-width: 1.2; opacity: 0.6; }
.map .oracle { stroke: var(--warn); stroke-dasharray: 4 3; }
.likeness { width: 100%; }
.likeness rect { fill: var(--soft); }
.likeness .planned { fill: var(--accent); }
.map text {
  fill: var(--text); stroke: var(--panel); stroke-width: 4; paint-order: stroke; font-size: 16px; font-weight: 600;
}
@media (max-width: 48rem) { .map text { font-size: 26px; } }
.timeline { width: 100%; }
.timeline rect { fill: var(--accent); stroke: var(--panel); stroke-width: 1; }
.timeline .gap { fill: var(--bad); stroke: none; }
.timeline .fault { stroke: var(--warn); stroke-width: 1.5; }
.timeline text { fill: var(--soft); font-size: 12px; }
""")


def page(journey: Journey, catalogue: Catalogue, *, strategy: str, best: Sequence[str] = ()) -> str:
    """Return the whole page as HTML. `best`: the asset ids that a radio plays which knows how alike all tracks are."""
    flow = _likeness(journey, catalogue)
    mean = statistics.mean(flow.values()) if flow else 0.0
    most = statistics.mean(likeness(catalogue, best)) if len(best) > 1 else 0.0
    silent = sum(stop - start for start, stop in journey.gaps)
    distinct = len({stop.entry.asset_id for stop in journey.stops})
    length = journey.end - journey.begin
    share = silent / length if length else 0.0
    return render(
        Page(
            "The radio's journey",
            lead=f"What a player heard in {clock(length)} of simulated time, with the strategy {strategy}.",
            tiles=(
                Tile("tracks", str(len(journey.stops))),
                Tile("different", str(distinct)),
                Tile("mean likeness", f"{mean:.2f}"),
                *([Tile("of the best way", f"{mean / most:.0%}")] if most else []),
                Tile("requests", str(journey.requests)),
                Tile("faults", str(len(journey.mishaps)), "warn" if journey.mishaps else "plain"),
                Tile("gaps", str(len(journey.gaps)), "warn" if journey.gaps else "good"),
                Tile("silence", f"{share:.3%}", "bad" if share > 0.01 else "plain"),
            ),
            parts=(
                Fragment(
                    _map(journey, lay_out(catalogue), best),
                    "Map",
                    "Similar tracks are close together."
                    + (" Dashed: the way of a radio that knows how alike all tracks are." if best else ""),
                ),
                Fragment(
                    _flow(journey, flow),
                    "Likeness",
                    "How much each track sounds like the one before it. "
                    + ("Coloured: as planned before. Grey: the beginning of a plan." if journey.planned else ""),
                ),
                Fragment(
                    _timeline(journey), "Timeline", "One row per hour. Red is silence; tall marks are failed requests."
                ),
                _troubles(journey),
                _tracks(journey),
            ),
            style=_STYLE,
        )
    )


def _title(fields: Mapping[str, object]) -> str:
    return f"{fields['name']} - {fields['artist']}"


def _likeness(journey: Journey, catalogue: Catalogue) -> dict[int, float]:
    """Return how alike each stop, by its number, is to the one before it."""
    return {
        number: score
        for number, (before, after) in enumerate(pairwise(journey.stops), start=2)
        for score in likeness(catalogue, [before.entry.asset_id, after.entry.asset_id])
    }


def _flow(journey: Journey, flow: Mapping[int, float]) -> Markup:
    width = 100 / max(1, len(journey.stops) - 1)
    ids = [stop.entry.asset_id for stop in journey.stops]
    bars = Markup("").join(
        Markup(
            '<a tabindex="-1" href="#track-{}"><rect class="{}" x="{:.3f}%" y="{:.1f}" width="{:.3f}%" height="{:.1f}">'
            "<title>{}</title></rect></a>"
        ).format(
            number,
            "planned" if (ids[number - 2], ids[number - 1]) in journey.planned else "new",
            (number - 2) * width,
            _CHART * (1 - score),
            width * 0.9,
            _CHART * score,
            f"{score:.2f} {_title(journey.stops[number - 1].entry.fields)}",
        )
        for number, score in flow.items()
    )
    return Markup(
        '<svg class="likeness" role="img" aria-label="Likeness of each track to the one before it" height="{}">{}</svg>'
    ).format(_CHART, bars)


def _line(points: Sequence[Point], name: str) -> Markup:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(name, line)


def _map(journey: Journey, places: Mapping[str, Point], best: Sequence[str]) -> Markup:
    points = {asset_id: _scaled(point, places) for asset_id, point in places.items()}
    walked = [points[stop.entry.asset_id] for stop in journey.stops]
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2"/>').format(*point) for point in points.values()
    )
    lines = _line(walked, "path") + (_line([points[one] for one in best], "path oracle") if best else "")
    # The drawings' links are for the pointer: whoever goes by keyboard finds all of it in the tables.
    stops = Markup("").join(
        Markup(
            '<a tabindex="-1" href="#track-{}" data-asset="{}">'
            '<circle cx="{:.1f}" cy="{:.1f}" r="5"/><title>{}</title></a>'
        ).format(number, stop.entry.asset_id, *point, f"{number}. {_title(stop.entry.fields)}")
        for number, (stop, point) in enumerate(zip(journey.stops, walked, strict=True), start=1)
    )
    return Markup(
        '<svg class="map" role="img" aria-label="Map of the catalogue with the path" viewBox="0 0 {} {}">{}{}{}{}</svg>'
    ).format(_WIDTH, _HEIGHT, dots, lines, stops, _ends(walked))


def _ends(walked: Sequence[Point]) -> Markup:
    """Name the first and the last stop, each on the side where there is room."""
    marks = (("start", walked[0], -10), ("end", walked[-1], 22)) if walked else ()
    return Markup("").join(
        Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
            x, min(max(y + shift, 22), _HEIGHT - 6), "start" if x < _WIDTH / 2 else "end", name
        )
        for name, (x, y), shift in marks
    )


def _scaled(point: Point, places: Mapping[str, Point]) -> Point:
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*places.values(), strict=True))
    x = (point[0] - left) / ((right - left) or 1)
    y = (point[1] - low) / ((high - low) or 1)
    return _MARGIN + x * (_WIDTH - 2 * _MARGIN), _HEIGHT - _MARGIN - y * (_HEIGHT - 2 * _MARGIN)


def _pieces(journey: Journey, start: float, end: float) -> Iterator[tuple[int, float, float]]:
    """Cut a stretch at the hours; yield the hour and where it begins and ends in it, 0 to 1."""
    first, last = (start - journey.begin) / _HOUR, (end - journey.begin) / _HOUR
    hours = [first, *range(math.floor(first) + 1, math.ceil(last)), last]
    for left, right in pairwise(hours):
        hour = math.floor(left)
        yield hour, left - hour, right - hour


def _bars(journey: Journey, start: float, end: float, attributes: Markup, title: str) -> Markup:
    return Markup("").join(
        Markup('<rect {} x="{:.3f}%" y="{}" width="{:.3f}%" height="{}"><title>{}</title></rect>').format(
            attributes, left * 100, hour * _LANE + 18, max(_LEAST, (right - left) * 100), _BAR, title
        )
        for hour, left, right in _pieces(journey, start, end)
    )


def _timeline(journey: Journey) -> Markup:
    hours = max(1, math.ceil((journey.end - journey.begin) / _HOUR))
    parts = [
        Markup('<text x="2" y="{}">{}</text>').format(hour * _LANE + 13, clock(hour * _HOUR)) for hour in range(hours)
    ]
    for number, stop in enumerate(journey.stops, start=1):
        label = f"{clock(stop.start - journey.begin)} {_title(stop.entry.fields)}"
        bars = _bars(journey, stop.start, stop.end, Markup('class="heard"'), label)
        parts.append(Markup('<a tabindex="-1" href="#track-{}">{}</a>').format(number, bars))
    for start, end in journey.gaps:
        parts.append(_bars(journey, start, end, Markup('class="gap"'), f"{end - start:.2f} s of silence"))
    for mishap in journey.mishaps:
        hour, x = divmod(max(0.0, mishap.at - journey.begin) / _HOUR, 1)
        top = int(hour) * _LANE + 14
        parts.append(
            Markup(
                '<line class="fault" x1="{0:.3f}%" x2="{0:.3f}%" y1="{1}" y2="{2}"><title>{3}</title></line>'
            ).format(x * 100, top, top + _BAR + 8, mishap.fault)
        )
    return Markup(
        '<svg class="timeline" role="img" aria-label="Timeline of what was heard" height="{}">{}</svg>'
    ).format(hours * _LANE + 4, Markup("").join(parts))


def _tracks(journey: Journey) -> Table:
    rows = [
        Row(
            (
                clock(stop.start - journey.begin),
                _title(stop.entry.fields),
                stop.entry.fields.get("genre") or "",
                tempo(stop.entry.fields),
                f"{stop.end - stop.start:.0f} s",
            ),
            details=(Detail("asset id", stop.entry.asset_id),),
            anchor=f"track-{number}",
        )
        for number, stop in enumerate(journey.stops, start=1)
    ]
    return Table(("when", "track", "genre", "bpm", "heard"), tuple(rows), "Tracks")


def _troubles(journey: Journey) -> Table:
    gaps = [(start, Cell(f"{end - start:.2f} s of silence", "bad")) for start, end in journey.gaps]
    faults = [(mishap.at, Cell(mishap.fault, "warn")) for mishap in journey.mishaps]
    rows = sorted(gaps + faults, key=lambda row: row[0])
    return Table(
        ("when", "what"),
        tuple(Row((clock(max(0.0, at - journey.begin)), cell)) for at, cell in rows),
        "Gaps and faults",
    )
