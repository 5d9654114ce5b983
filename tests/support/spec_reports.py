"""What a person reads when a specification is refused, word for word: `tests/spec/reports.txt`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from audioscape_luau.spec import Fault, SpecError

_FILE = Path(__file__).parents[1] / "spec" / "reports.txt"
# Their texts are those of the libraries that find them.
_FOREIGN = {Fault.INVALID_OPENAPI, Fault.INVALID_YAML}


@cache
def _reports() -> dict[str, str]:
    blocks = _FILE.read_text(encoding="utf-8").strip().split("\n\n")
    return dict(block.split("\n", 1) for block in blocks)


def expect_report(case: str, error: SpecError, folder: Path) -> None:
    """Compare the report of a case with the block of the file that it heads; a new case fails with what to write there.

    folder: where the specification lay, which is another one each time.
    """
    lines = [
        f"  {problem.fault} at {problem.pointer or '/'}: ..." if problem.fault in _FOREIGN else f"  {problem}"
        for problem in error.problems
    ]
    assert str(error) == "\n".join(map(str, error.problems))
    assert "\n".join(lines).replace(str(folder), "FOLDER") == _reports().get(case)
