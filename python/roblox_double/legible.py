"""Text that does to a reader's screen what it seems to do."""

from __future__ import annotations

import re

_ILLEGIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls besides tab and line feed: they colour, clear and rewrite a terminal
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # marks that turn the direction of what follows
    "\u00ad\u180e\u200b-\u200d\u2060-\u2065\ufeff\U000e0000-\U000e007f"  # what nobody sees
    "\ud800-\udfff\ufffe\uffff]"  # what no file, and no XML, can hold
)


def legible(text: str) -> str:
    """Spell out what would not be seen as it is: `\\x1b` for an escape, `\\u202e` for what turns a line around."""
    return _ILLEGIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
