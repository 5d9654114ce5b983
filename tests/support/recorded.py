"""Texts as people read them, word for word, in files beside the tests: a line that names the case, then its text.

`pytest --record` writes down what is said now instead of comparing it; read the difference before you keep it.
"""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path

from filelock import FileLock

writing = False
"""Whether texts are written down; set by `--record`."""


def expect_recorded(file: Path, case: str, text: str) -> None:
    """Compare a text with what the file has for the case; the failure shows what belongs there."""
    told = textwrap.indent(text, "  ")
    if writing:
        _write(file, case, told)
    assert told == _texts(file).get(case), f"{file.name} should have:\n\n{case}\n{told}"


def _texts(file: Path) -> dict[str, str]:
    blocks = file.read_text(encoding="utf-8").strip().split("\n\n")
    return dict(block.split("\n", 1) for block in blocks)


def _write(file: Path, case: str, told: str) -> None:
    # Workers of one run write to the same file.
    with FileLock(Path(tempfile.gettempdir(), f"{file.name}.lock")):
        texts = _texts(file) | {case: told}
        file.write_text("\n\n".join(f"{name}\n{body}" for name, body in texts.items()) + "\n", encoding="utf-8")
