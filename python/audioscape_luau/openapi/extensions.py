"""Which keys that begin with `x-` mean something to us: ours, and what is probably meant to be one of them."""

from __future__ import annotations

from difflib import SequenceMatcher

from audioscape_luau.openapi.model import Json

EXTENSIONS = frozenset(
    {
        "x-analytics",
        "x-asset-id",
        "x-assumed",
        "x-effect",
        "x-error-text",
        "x-examples",
        "x-hint",
        "x-identity",
        "x-inputs",
        "x-item-bounds",
        "x-methods",
        "x-missing-methods",
        "x-non-finite",
        "x-ordered",
        "x-paging",
        "x-prefix",
        "x-radio",
        "x-radio-seeds",
        "x-recognised-by",
        "x-split",
    }
)
# Other tools write these, in documents that never heard of ours.
_OTHERS = frozenset({"x-example", "x-order"})
_ALIKE = 0.9


def is_foreign(key: str, value: Json) -> bool:
    """Say whether a key is another tool's extension: none of ours, and not so close to one that it was meant."""
    if not key.startswith("x-"):
        return False
    if key == "x-examples":
        # Ours maps names to files; another tool's has the examples themselves.
        return isinstance(value, dict) and any(isinstance(part, dict | list) for part in value.values())
    return key not in EXTENSIONS and (key in _OTHERS or meant(key) is None)


def meant(key: str) -> str | None:
    """Return the one of our extensions that a key is or nearly is."""
    alike = {name: SequenceMatcher(None, key.lower(), name).ratio() for name in sorted(EXTENSIONS)}
    best = max(alike, key=alike.__getitem__)
    return best if alike[best] >= _ALIKE else None
