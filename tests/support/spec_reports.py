"""What a person reads when a specification is refused: `tests/openapi/reports.txt`."""

from __future__ import annotations

from pathlib import Path

from audioscape_luau.openapi import Fault, SpecError
from support.recorded import expect_recorded

_FILE = Path(__file__).parents[1] / "openapi" / "reports.txt"
# Their texts are those of the libraries that find them.
_FOREIGN = {Fault.INVALID_OPENAPI, Fault.INVALID_YAML, Fault.INVALID_JSON}


def expect_report(case: str, error: SpecError, folder: Path) -> None:
    """Compare the report with the recorded one. folder: where the specification lay, another place each time."""
    assert str(error) == "\n".join(map(str, error.problems))
    lines = [
        f"{problem.fault} at {problem.pointer or '/'}: ..." if problem.fault in _FOREIGN else str(problem)
        for problem in error.problems
    ]
    expect_recorded(_FILE, case, "\n".join(lines).replace(str(folder), "FOLDER"))
