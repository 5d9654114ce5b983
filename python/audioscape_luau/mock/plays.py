"""How operations are played from the catalogue, by their ids. All others are played by their examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from audioscape_luau.mock.catalogue import NEAR_DUPLICATE, Entry
from audioscape_luau.mock.effects import TAXONOMY
from audioscape_luau.mock.library import Library, words_of
from audioscape_luau.openapi import ApiModel, Array, Object, Operation, asset_id

if TYPE_CHECKING:
    from audioscape_luau.mock.api import MockApi

type Given = Mapping[str, Any]
"""All inputs, with their defaults."""
type Handler = Callable[["MockApi", Operation, Given], httpx.Response]

_SPELT = {"C#": "Db", "F#": "Gb"}
"""Keys that filters spell otherwise than tracks do."""


@dataclass(frozen=True, slots=True)
class Play:
    """One way to play. inputs, reply: what an operation must take and what its reply must have."""

    answer: Handler
    inputs: frozenset[str] = frozenset()
    reply: frozenset[str] = frozenset()

    def fits(self, operation: Operation) -> bool:
        """Whether an operation of the right name is the one that is meant, and not that of another API."""
        takes = {one.name for one in operation.fields}
        return self.inputs <= takes and self.reply <= {one.name for one in operation.result.fields}


@dataclass(slots=True)
class Taken:
    """What was told to the API, as it gives nothing of it back."""

    events: Counter[str] = field(default_factory=Counter[str])
    """Events by their type."""
    assets: int = 0
    """Private assets that were reported."""


def plays_of(model: ApiModel, plays: Mapping[str, Play]) -> Mapping[str, Handler]:
    """Return what plays operations from the catalogue, by their ids."""
    own = {operation.id: operation for operation in model.operations}
    return {name: play.answer for name, play in plays.items() if name in own and play.fits(own[name])}


def given_to(operation: Operation, arguments: Given) -> dict[str, Any]:
    """Return all inputs of a call, with their defaults."""
    return {one.name: arguments.get(one.name, one.default) for one in operation.fields}


def _reply(body: Mapping[str, Any]) -> httpx.Response:
    # Without blanks, as services write it.
    content = json.dumps(body, separators=(",", ":")).encode()
    return httpx.Response(200, headers={"content-type": "application/json"}, content=content)


def _page[T](given: Given, listed: str, items: Sequence[T], told: Callable[[T], Any], **more: Any) -> dict[str, Any]:
    """Return the part of a list that was asked for."""
    offset, limit = given["offset"], given["limit"]
    meta = {"total": len(items), "limit": limit, "offset": offset, **more}
    # Python reads some whole numbers as floats, such as 1e300.
    return {listed: [told(item) for item in items[int(offset) :][: int(limit)]], "meta": meta}


def _ends(filters: Given) -> tuple[float | None, float | None]:
    duration: Given = filters.get("duration") or {}
    return duration.get("min"), duration.get("max")


def _similar(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    filters: Given = given.get("filters") or {}
    shortest, longest = _ends(filters)
    seed = asset_id(given["asset_id"]) or given["asset_id"]
    try:
        tracks = api.catalogue.similar(
            seed,
            genres=filters.get("genres", ()),
            shortest=shortest,
            longest=longest,
            max_score=given.get("max_score"),
            dedupe=given.get("dedupe") or False,
        )
    except KeyError:
        api.unknown.append(seed)
        return api.example(operation, 404)
    return _reply(_page(given, "tracks", tracks, lambda found: found[1].scored(found[0])))


def _search(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library = api.library
    ids = _ids_in(given)
    if len(ids) == 1 and given["asset_ids"] is None and ids[0] not in library.music.by_id:
        ids = []
    if ids:
        found = [library.music.by_id[one] for one in ids if one in library.music.by_id]
        missing = [one for one in ids if one not in library.music.by_id]
        # A lookup has one page, whatever its ids.
        page = {"limit": given["limit"], "offset": given["offset"]}
        method = "id" if given["asset_ids"] is None and len(ids) == 1 else "ids-batch"
        meta = {"total": len(found), **page, "search_method": method, "matched_artist": None}
        if missing:
            meta["missing_ids"] = missing
        return _reply({"tracks": [library.told(one) for one in found], "artists": [], "albums": [], "meta": meta})
    query: str = given["query"]
    method, found = library.search(api.catalogue.entries, query)
    kept = library.ordered(_of_music(library, found, given.get("filters") or {}), given["sort"])
    words = words_of(query)
    artists = [group for group in library.groups("artist") if words_of(group.fields["name"]) <= words]
    albums = [group for group in library.groups("album") if words_of(group.fields["name"]) <= words]
    matched = artists[0].fields["name"] if artists else None
    more = {"search_method": method, "matched_artist": matched, "sort": given["sort"]}
    page = _page(given, "tracks", kept, library.told, **more)
    page["artists"] = [{"name": one.fields["name"], "track_count": len(one.tracks)} for one in artists]
    page["albums"] = [
        {"name": one.fields["name"], "artist": one.fields["artist"], "track_count": len(one.tracks)} for one in albums
    ]
    return _reply(page)


def _ids_in(given: Given) -> list[str]:
    """Return the ids that a search is for: those it names, or what its query consists of."""
    if given["asset_ids"] is not None:
        return [asset_id(one) or one for one in given["asset_ids"]]
    parts = [part.strip() for part in given["query"].split(",")]
    return parts if all(part.isascii() and part.isdigit() for part in parts) else []


def _of_music(library: Library, entries: Iterable[Entry], filters: Given) -> Iterable[Entry]:
    wanted = {genre.casefold() for genre in filters.get("genres", ())}
    labels = {
        "instrumental": ("voice", "instrumental"),
        "electronic": ("electronic", "electronic"),
        "acoustic": ("acoustic", "acoustic"),
    }
    exact: dict[str, str] = {name: value for flag, (name, value) in labels.items() if filters.get(flag)}
    key: str | None = filters.get("key")
    if key is not None:
        exact["key"] = _SPELT.get(key, key)
    if "scale" in filters:
        exact["scale"] = filters["scale"]
    if "gender" in filters:
        exact["voice"] = "voice"
    for entry in _played(library, entries, filters):
        fields = entry.fields
        if (
            (not wanted or wanted & {fields["genre"].casefold(), fields["genre_slug"]})
            and all(fields.get(name) == value for name, value in exact.items())
            and filters.get("gender") in {None, library.fame(entry).gender}
        ):
            yield entry


def _played(library: Library, entries: Iterable[Entry], filters: Given) -> Iterable[Entry]:
    """Yield what passes the filters that music and sounds have in common."""
    shortest, longest = _ends(filters)
    for entry in entries:
        fame = library.fame(entry)
        if (
            (shortest is None or entry.fields["duration"] >= shortest)
            and (longest is None or entry.fields["duration"] <= longest)
            and fame.plays >= filters.get("min_play_count", 0)
            and fame.likes >= filters.get("min_likes", 0)
            and str(fame.added) > filters.get("created_after", "")
        ):
            yield entry


def _browse_items(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    kind, track = given["type"], given.get("asset_id")
    groups = api.library.groups(kind)
    more: dict[str, Any] = {"type": kind}
    if kind == "game" and track is not None:
        heard: str = asset_id(track) or track
        # A number here, where everything else is told as text; unless it is one that two ids have.
        more["asset_id"] = int(heard) if int(heard) < 2**53 else heard
        groups = [group for group in groups if any(entry.asset_id == heard for entry in group.tracks)]
    return _reply(_page(given, "items", groups, lambda group: group.listed, **more))


def _browse_tracks(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library, kind, name = api.library, given["type"], given["name"]
    # An album has no other key than its name, which two may share.
    keys = slice(1) if kind == "album" else slice(None)
    asked = name.casefold()
    groups = [g for g in library.groups(kind) if asked in [key.casefold() for key in g.keys[keys]]]
    order = given["sort"]
    tracks = library.ordered([entry for group in groups for entry in group.tracks], order)
    if order == "popular" and kind in {"genre", "mood"}:
        tracks = [entry for entry in tracks if library.fame(entry).plays > 0]
    return _reply(_page(given, "tracks", tracks, library.told, type=kind, name=name))


def _trending(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library = api.library
    chart = library.trending(library.music.entries)
    return _reply(_page(given, "tracks", chart, library.told, type=given["type"] or "trending"))


def _sfx_similar(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    sounds = api.library.sounds
    seed = asset_id(given["asset_id"]) or given["asset_id"]
    if seed not in sounds.by_id:
        return api.example(operation, 404)
    filters: Given = given.get("filters") or {}
    ceiling = given["max_score"]
    if ceiling is None and given["dedupe"]:
        ceiling = NEAR_DUPLICATE
    scores = {entry.asset_id: score for score, entry in sounds.neighbours(seed) if ceiling is None or score < ceiling}
    kept = list(_of_sounds(api.library, map(sounds.by_id.__getitem__, scores), filters))

    def told(entry: Entry) -> dict[str, Any]:
        return {**api.library.told(entry), "score": scores[entry.asset_id]}

    return _reply(_page(given, "tracks", kept, told))


def _of_sounds(library: Library, entries: Iterable[Entry], filters: Given) -> Iterable[Entry]:
    wanted = {name: set(filters[plural]) for name, plural in _KINDS.items() if filters.get(plural)}
    for entry in _played(library, entries, filters):
        if all(entry.fields[name] in names for name, names in wanted.items()):
            yield entry


_KINDS = {"category": "categories", "subcategory": "subcategories"}


def _sfx_search(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library = api.library
    filters: Given = given.get("filters") or {}
    query = given["query"]
    written = {} if query is not None else {"synthesized_query": " ".join(filters["categories"]).lower()}
    if query is None:
        method, found = "semantic", list(library.sounds.entries)
    else:
        method, found = library.search(library.sounds.entries, query)
    kept = library.ordered(_of_sounds(library, found, filters), given["sort"])
    page = _page(given, "tracks", kept, library.told, search_method=method, sort=given["sort"], **written)
    categories = Counter(entry.fields["category"] for entry in kept)
    page["categories"] = [{"name": name, "track_count": count} for name, count in categories.most_common()]
    pairs = Counter((entry.fields["subcategory"], entry.fields["category"]) for entry in kept)
    page["subcategories"] = [
        {"name": name, "category": category, "track_count": count} for (name, category), count in pairs.most_common()
    ]
    return _reply(page)


def _sfx_browse(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library = api.library
    chart = library.trending(library.sounds.entries)
    return _reply(_page(given, "tracks", chart, library.told, type=given["type"] or "trending"))


def _sfx_taxonomy(_: MockApi, __: Operation, ___: Given) -> httpx.Response:
    broader = [
        {
            "broader_category": name,
            "categories": [{"category": category, "subcategories": names} for category, names in categories.items()],
        }
        for name, categories in TAXONOMY.items()
    ]
    categories = [names for group in TAXONOMY.values() for names in group.values()]
    meta = {
        "broader_category_count": len(broader),
        "category_count": len(categories),
        "subcategory_count": sum(map(len, categories)),
    }
    return _reply({"taxonomy": broader, "meta": meta})


def _structure(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    seed = asset_id(given["asset_id"]) or given["asset_id"]
    entry = api.catalogue.by_id.get(seed)
    if entry is None:
        api.unknown.append(seed)
        return api.example(operation, 404)
    return _reply(api.library.structure(entry, with_metadata=given["include_metadata"]))


def _playlist(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    library = api.library
    playlist = library.playlists.get(given["playlist_id"])
    if playlist is None:
        return api.example(operation, 404)
    tracks = [{**entry.fields, "position": place} for place, entry in enumerate(playlist.tracks)]
    sounds = [
        {
            **entry.fields,
            "position": place,
            "play_count": library.fame(entry).plays,
            "like_count": library.fame(entry).likes,
        }
        for place, entry in enumerate(playlist.sounds, start=len(tracks))
    ]
    # Of an entry of a playlist the API tells less.
    tracks, sounds = _declared(operation, "tracks", tracks), _declared(operation, "sounds", sounds)
    meta = {"total": len(tracks) + len(sounds)}
    return _reply({"playlist": playlist.info, "tracks": tracks, "sounds": sounds, "meta": meta})


def _declared(operation: Operation, listed: str, items: Iterable[Given]) -> list[dict[str, Any]]:
    """Return items of a list of the reply with those fields only of which the specification knows."""
    shape = next(member.shape for member in operation.result.fields if member.name == listed)
    known = shape.items.fields if isinstance(shape, Array) and isinstance(shape.items, Object) else ()
    return [{one.name: item[one.name] for one in known if one.name in item} for item in items]


def _playlists(api: MockApi, _: Operation, __: Given) -> httpx.Response:
    infos = [playlist.info for playlist in api.library.playlists.values()]
    return _reply({"playlists": infos, "meta": {"total": len(infos)}})


def _health(api: MockApi, _: Operation, given: Given) -> httpx.Response:
    library = api.library
    assets: list[dict[str, Any]] = []
    for asked in given["asset_ids"]:
        one = asset_id(asked) or asked
        for kind, catalogue in (("music", library.music), ("sfx", library.sounds)):
            if one in catalogue.by_id:
                name = catalogue.by_id[one].fields["name"]
                assets.append({"asset_id": one, "status": "ok", "audio_type": kind, "name": name})
                break
        else:
            assets.append({"asset_id": one, "status": library.gone.get(one, "not_in_catalog")})
    states = Counter(asset["status"] for asset in assets)
    counts = {"total": len(assets), "ok": states["ok"], "not_in_catalog": states["not_in_catalog"]}
    unavailable = counts["total"] - counts["ok"] - counts["not_in_catalog"]
    return _reply({"assets": assets, "meta": {**counts, "unavailable": unavailable}})


def _private_report(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    api.taken.assets += len(given["assets"])
    return httpx.Response(operation.success.status)


def _events(api: MockApi, operation: Operation, given: Given) -> httpx.Response:
    api.taken.events.update(event["type"] for event in given["events"])
    return httpx.Response(operation.success.status)


_PAGE = frozenset({"limit", "offset"})
_TRACKS = frozenset({"tracks", "meta"})
PLAYS: Mapping[str, Play] = {
    "similar": Play(_similar, _PAGE | {"asset_id"}, _TRACKS),
    "search": Play(_search, _PAGE | {"query", "asset_ids", "sort"}, _TRACKS),
    "browseItems": Play(_browse_items, _PAGE | {"type"}, frozenset({"items", "meta"})),
    "browseTracks": Play(_browse_tracks, _PAGE | {"type", "name", "sort"}, _TRACKS),
    "trending": Play(_trending, _PAGE | {"type"}, _TRACKS),
    "sfxSimilar": Play(_sfx_similar, _PAGE | {"asset_id", "max_score", "dedupe"}, _TRACKS),
    "sfxSearch": Play(_sfx_search, _PAGE | {"query", "filters", "sort"}, _TRACKS),
    "sfxBrowse": Play(_sfx_browse, _PAGE | {"type"}, _TRACKS),
    "sfxTaxonomy": Play(_sfx_taxonomy, reply=frozenset({"taxonomy", "meta"})),
    "trackStructure": Play(
        _structure, frozenset({"asset_id", "include_metadata"}), frozenset({"beat_grid", "sections"})
    ),
    "playlist": Play(_playlist, frozenset({"playlist_id"}), frozenset({"playlist", "tracks", "sounds"})),
    "playlists": Play(_playlists, reply=frozenset({"playlists"})),
    "assetsHealth": Play(_health, frozenset({"asset_ids"}), frozenset({"assets", "meta"})),
    "privateReport": Play(_private_report, frozenset({"assets"})),
    "events": Play(_events, frozenset({"events"})),
}
