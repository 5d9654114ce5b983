"""The words that Luau keeps for itself, which name nothing."""

from __future__ import annotations

# fmt: off
KEYWORDS = frozenset({
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
    "repeat", "return", "then", "true", "until", "while",
})
# fmt: on
