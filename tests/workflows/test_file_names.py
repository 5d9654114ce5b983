"""Names of files: the repository is checked out on Windows and macOS, too."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_two_files_differ_by_case_only() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    names = Counter(name.casefold() for name in listed.splitlines())
    assert names
    assert [name for name, count in names.items() if count > 1] == []
