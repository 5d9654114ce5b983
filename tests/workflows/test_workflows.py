"""The workflows of this repository, and those that the documentation gives to others."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from audioscape_luau.cli.running import KEY_VARIABLE
from support.commands import check_command
from support.snippets import ROOT, written

_FOLDER = ".github/workflows/"
_OTHER_PROGRAMS = {"gh", "test", ".ci/run", "scripts/tools", "tried/bin/audioscape"}


@cache
def workflows() -> Mapping[str, str]:
    """Return the text of each workflow by where it is written."""
    own = {f"{_FOLDER}{file.name}": file.read_text(encoding="utf-8") for file in (ROOT / _FOLDER).iterdir()}
    shown = {
        found.place: found.code
        for found in written()
        if found.language == "yaml" and "jobs:" in found.code.splitlines()
    }
    return own | shown


def jobs(text: str) -> Iterator[dict[str, Any]]:
    """Yield the jobs that are not a workflow of their own."""
    for job in yaml.safe_load(text)["jobs"].values():
        if "uses" not in job:
            yield job


def steps(text: str) -> Iterator[dict[str, Any]]:
    for job in jobs(text):
        yield from job["steps"]


def systems(job: dict[str, Any]) -> list[str]:
    """Return where a job runs."""
    return job["strategy"]["matrix"]["system"] if job["runs-on"] == "${{ matrix.system }}" else [job["runs-on"]]


def lines(text: str) -> Iterator[str]:
    """Yield the commands of a workflow in order."""
    for step in steps(text):
        yield from step.get("run", "").splitlines()


@pytest.mark.parametrize("place", workflows())
def test_a_workflow_says_all_that_it_should(place: str) -> None:
    workflow = yaml.safe_load(workflows()[place])
    assert workflow["name"]
    assert workflow[True], "in YAML 1.1 `on` is a truth value"
    assert workflow["permissions"] == {"contents": "read"}
    for job in jobs(workflows()[place]):
        assert all(re.fullmatch(r"(ubuntu-\d\d\.|windows-20|macos-)\d\d", system) for system in systems(job))
        assert 1 <= job["timeout-minutes"] <= 90
    for step in steps(workflows()[place]):
        assert ("uses" in step) != ("run" in step), step


@pytest.mark.parametrize("place", workflows())
def test_every_command_of_a_workflow_exists(place: str, pytestconfig: pytest.Config) -> None:
    found = list(lines(workflows()[place]))
    for line in found:
        words = shlex.split(line, comments=True)
        if words[0] not in _OTHER_PROGRAMS:
            check_command(words, pytestconfig)
    programs = {shlex.split(line)[0] for line in found}
    assert programs <= {"uv", "python3", *_OTHER_PROGRAMS}


def test_what_the_readme_has_people_run_is_run_on_windows_and_macos() -> None:
    text = workflows()[f"{_FOLDER}systems.yml"]
    (job,) = jobs(text)
    assert {system.partition("-")[0] for system in systems(job)} == {"windows", "macos"}
    run = list(lines(text))
    told = re.findall(r"uv run [^`\n&]+", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(told) >= 4
    assert set(told) <= set(run)
    assert "uv run pytest --thorough tests/plugin" in run


def test_only_rokit_says_which_versions_the_tools_have() -> None:
    tools = tomllib.loads((ROOT / "rokit.toml").read_text(encoding="utf-8"))["tools"]
    for place, text in workflows().items():
        for line in text.splitlines():
            assert not re.search(rf"\b({'|'.join(tools)})\b.*\d+\.\d+\.\d+", line), place
        for job in jobs(text):
            commands = [step.get("run", "") for step in job["steps"]]
            if any("audioscape build" in command for command in commands):
                assert any(command.startswith("scripts/tools ") for command in commands), place


def test_the_documented_wheel_is_the_one_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    named = [found for snippet in written() for found in re.findall(r"audioscape_luau-([\d.]+)-py3", snippet.code)]
    assert named
    assert set(named) == {version}


def test_the_key_of_the_live_check_comes_from_the_secrets() -> None:
    live = [step for text in workflows().values() for step in steps(text) if "--live" in step.get("run", "")]
    assert live
    for step in live:
        assert step["env"] == {KEY_VARIABLE: f"${{{{ secrets.{KEY_VARIABLE} }}}}"}


def test_nothing_is_released_that_the_suite_has_not_passed() -> None:
    release = yaml.safe_load(workflows()[f"{_FOLDER}release.yml"])["jobs"]
    called = release["suite"]["uses"].removeprefix("./")
    assert ".ci/run" in list(lines(workflows()[called]))
    assert "workflow_call" in yaml.safe_load(workflows()[called])[True]
    assert set(release["publish"]["needs"]) == {"suite", "build"}


def test_what_is_released_was_checked_as_it_is_released() -> None:
    commands = list(lines(workflows()[f"{_FOLDER}release.yml"]))
    built = next(index for index, line in enumerate(commands) if "audioscape build" in line)
    published = next(index for index, line in enumerate(commands) if line.startswith("gh release create"))
    for name in ("AudioScapeClient.rbxm", "AudioScapeClient.luau"):
        checked = commands.index(f"uv run audioscape check --module dist/{name}")
        assert built < checked < published
    assert any(line.startswith("uv build --wheel") for line in commands[:published])
    assert "tried/bin/audioscape generate --check" in commands[:published]
