"""How a server may write a key: each of these can be read."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Mapping
from html.entities import html5
from urllib.parse import quote

type Disguise = Callable[[str], str]


def each(form: str) -> Disguise:
    """Write each letter in a form of its number."""
    return lambda text: "".join(form.format(ord(letter)) for letter in text)


def some(form: str, every: int = 3) -> Disguise:
    """Write every so manieth letter in a form of its number."""
    return lambda text: "".join(
        form.format(ord(letter)) if place % every == 0 else letter for place, letter in enumerate(text)
    )


def encoded(before: str = "", encode: Callable[[bytes], bytes] = base64.b64encode, codec: str = "utf-8") -> Disguise:
    """Write in base64, behind other text, which moves it."""
    return lambda text: encode((before + text).encode(codec)).decode()


def wrapped(length: int, end: str, disguise: Disguise = lambda text: text) -> Disguise:
    def wrap(text: str) -> str:
        long = disguise(text)
        return end.join(long[at : at + length] for at in range(0, len(long), length))

    return wrap


def twice(first: Disguise, then: Disguise) -> Disguise:
    return lambda text: then(first(text))


_NAMES = {sign: name for name, sign in html5.items() if sign.isascii() and name.endswith(";")}

DISGUISES: Mapping[str, Disguise] = {
    "as it is": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "backwards": lambda text: text[::-1],
    "JSON": each("\\u{:04x}"),
    "JSON of some letters": some("\\u{:04X}"),
    "JSON in JSON": lambda text: json.dumps(each("\\u{:04x}")(text)),
    "braces": each("\\u{{{:x}}}"),
    "eight digits": each("\\U{:08x}"),
    "six digits": each("\\{:06x}"),
    "octal": each("\\{:03o}"),
    "decimal escapes": each("\\{:03d}"),
    "hexadecimal escapes": each("\\x{:02x}"),
    "decimal entities": each("&#{};"),
    "decimal entities of some letters": some("&#{};"),
    "entities without an end": each("&#{}"),
    "entities without an end of some letters": some("&#{}", 2),
    "entities with zeros": each("&#0000{};"),
    "hexadecimal entities": each("&#x{:x};"),
    "hexadecimal entities of some letters": some("&#X{:X};", 2),
    "HTML": html.escape,
    "named entities": lambda text: "".join(f"&{_NAMES[sign]}" if sign in _NAMES else sign for sign in text),
    "HTML in HTML": lambda text: html.escape(html.escape(each("&#{};")(text))),
    "percent": each("%{:02x}"),
    "percent in capitals": each("%{:02X}"),
    "percent of some letters": some("%{:02x}", 4),
    "percent, twice": lambda text: quote(each("%{:02X}")(text), safe=""),
    "percent, three times": lambda text: quote(quote(each("%{:02X}")(text), safe=""), safe=""),
    "percent, one byte too many": lambda text: "".join(
        f"%{0xC0 | ord(letter) >> 6:02X}%{0x80 | ord(letter) & 0x3F:02X}" for letter in text
    ),
    "percent of old scripts": each("%u{:04x}"),
    "base64": encoded(),
    "base64, moved by one": encoded("x"),
    "base64, moved by two": encoded("xy"),
    "base64 without padding": lambda text: encoded("user:")(text).rstrip("="),
    "base64url": encoded(">>?", base64.urlsafe_b64encode),
    "base64 of lines": wrapped(8, "\r\n", encoded()),
    "base64 of wide letters": encoded(codec="utf-16"),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "hexadecimal with colons": lambda text: text.encode().hex(":"),
    "a dump": lambda text: text.encode().hex(" ", 2),
    "hexadecimal numbers": lambda text: ", ".join(f"0x{ord(letter):02x}" for letter in text),
    "numbers": lambda text: str([ord(letter) for letter in text]),
    "quoted-printable": each("={:02X}"),
    "lines of quoted-printable": wrapped(5, "=\n"),
    "full width": lambda text: "".join(chr(ord(letter) + 0xFEE0) for letter in text),
    **{
        f"parted by {name}": wrapped(length, by)
        for name, by, length in (
            ("blanks", " ", 1),
            ("lines", "\n", 6),
            ("zero width", "\u200b", 1),
            ("soft hyphens", "\u00ad", 3),
            ("controls", "\x01", 1),
            ("nothing", "\x00", 1),
            ("commas", ", ", 4),
            ("escapes", "\\n", 3),
            ("joiners", "\\u200d", 2),
            ("entities", "&shy;", 2),
            ("tags", "<wbr>", 4),
            ("tags that hold their end", '<b title="a>b">', 4),
            ("names", '", "part": "', 4),
            ("percent", "%0A", 3),
        )
    },
    "base64 of percent": twice(each("%{:02x}"), encoded()),
    "base64 of base64": twice(encoded(), encoded()),
    "base64 of hexadecimal": twice(lambda text: text.encode().hex(), encoded("x")),
    "hexadecimal of base64": twice(encoded(), lambda text: text.encode().hex()),
    "base64 in JSON": twice(encoded(), each("\\u{:04x}")),
    "base64 parted by blanks": twice(encoded(), wrapped(1, " ")),
    "percent of JSON": twice(each("\\u{:04x}"), lambda text: quote(text, safe="")),
    "entities parted by blanks": twice(each("&#{};"), wrapped(1, " ")),
    "JSON of parted letters": twice(wrapped(1, "\u200b"), lambda text: json.dumps(text)),
}

FORMS: Mapping[str, Disguise] = {
    "a piece from its middle": lambda text: text[4:12],
    "a piece from its end": lambda text: text[-8:],
    **DISGUISES,
}
"""All forms that nobody may see, for a key of twelve letters or more."""
ESCAPED = tuple(
    disguise
    for name, disguise in DISGUISES.items()
    if not re.search("base64|dump|numbers|decimal escapes|names|commas|HTML in|^hexadecimal($| (in|with))", name)
    or name == "hexadecimal escapes"
)
"""Those that write a key letter by letter, which shows a key of few letters, too."""
AMONG_WORDS = frozenset({"parted by tags that hold their end", "parted by names"})
"""Short pieces with words between them: nobody who does not know the key could tell these from other such pieces."""

SIGNS = "~`!@#$%^&*_-+={}[]|:;<>?,./()'\"\\"
"""Signs that a key may hold, and for which HTML has names."""
_ALIASES = {
    sign: [name for name, text in sorted(html5.items()) if text == sign and name.endswith(";")] for sign in SIGNS
}
_ALIASES["-"] += ["hyphen;", "dash;", "minus;"]


def named(number: int) -> Disguise:
    """Write each sign by its nth name in HTML, or by its last one."""
    return lambda text: "".join(
        f"&{_ALIASES[sign][min(number, len(_ALIASES[sign]) - 1)]}" if _ALIASES.get(sign) else sign for sign in text
    )


MOST_NAMES = max(map(len, _ALIASES.values()))
"""Names of one sign."""
