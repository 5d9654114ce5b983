"""The picture of the demo that the README shows: what the command prints in a terminal, as an SVG."""

from __future__ import annotations

import io
import re

from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools.demo.play import Plan, play

_COLUMNS = 88
_COMMAND = "audioscape demo"

# Rich's own frame asks another host for a font. Every cell has its width, so that any fixed font will do.
_FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>What audioscape demo prints: eight different tracks</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """Play the demo as the command does without options, and return what it prints."""
    console = Terminal(io.StringIO(), width=_COLUMNS, record=True)
    play(console, Plan())
    drawn = console.export_svg(title=_COMMAND, code_format=_FRAME, unique_id="demo")
    return "".join(f"{line.rstrip()}\n" for line in drawn.splitlines() if line.strip())


def same(one: str, other: str) -> bool:
    """Whether two pictures differ in nothing but how long the demo took."""
    return _without_time(one) == _without_time(other)


def _without_time(drawn: str) -> str:
    # The line is as long as what it says.
    return re.sub(r'textLength="[\d.]+"([^>]*>[^<]*\bin&#160;)[\d.]+(?=&#160;s\.)', r"\1", drawn)
