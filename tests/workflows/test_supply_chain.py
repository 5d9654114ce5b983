"""What the workflows and CI take from others is named so that nobody else can change it."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from typing import Any, cast

import pytest
import yaml
from packaging.requirements import Requirement

from support.snippets import ROOT
from workflows.test_workflows import jobs, lines, steps, workflows

OWN = [place for place in workflows() if place.startswith(".github/")]


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pinned_uv() -> str:
    (requirement,) = re.findall(r"^uv==([\d.]+) ", read(".ci/uv.txt"), re.MULTILINE)
    return requirement


def actions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, commit and the rest of the line of each action that a workflow uses, wherever in it that stands."""

    def within(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
        if isinstance(node, yaml.MappingNode):
            for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
                if key.value == "uses" and isinstance(value, yaml.ScalarNode):
                    yield value
                yield from within(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in cast("list[yaml.Node]", node.value):
                yield from within(value)

    root = yaml.compose(text, yaml.SafeLoader)
    assert root is not None
    for node in within(root):
        if not node.value.startswith("./"):
            name, _, commit = node.value.partition("@")
            yield name, commit, text.splitlines()[node.end_mark.line][node.end_mark.column :]


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command of a script, without what only a shell reads."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|\||;|\$\(", line):
            if words := shlex.split(part.strip(" (){}").replace('"', ""), comments=True):
                yield words


def everything_run() -> Iterator[tuple[str, list[str]]]:
    """Yield each command that CI runs, with its place: of workflows and of the scripts they start."""
    for place in OWN:
        for line in lines(workflows()[place]):
            yield from ((place, words) for words in commands(line))
    for place in (".ci/run", "scripts/check", "scripts/tools"):
        yield from ((place, words) for words in commands(read(place)))


@pytest.mark.parametrize("place", workflows())
def test_an_action_is_a_commit_whose_version_stands_beside_it(place: str) -> None:
    found = list(actions(workflows()[place]))
    assert found
    for name, commit, beside in found:
        assert re.fullmatch(r"[0-9a-f]{40}", commit), f"{place}: {name}"
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", beside), f"{place}: {name}"


def test_an_action_is_the_same_everywhere() -> None:
    versions = {found for text in workflows().values() for found in actions(text)}
    assert len({name for name, _, _ in versions}) == len(versions)


@pytest.mark.parametrize("place", OWN)
def test_actions_are_those_of_github(place: str) -> None:
    assert {name.partition("/")[0] for name, _, _ in actions(workflows()[place])} <= {"actions"}


@pytest.mark.parametrize("place", workflows())
def test_a_checkout_leaves_no_credentials(place: str) -> None:
    for step in steps(workflows()[place]):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_only_the_job_that_releases_may_write_and_it_runs_nothing_of_the_repository() -> None:
    writing = [(place, job) for place in workflows() for job in jobs(workflows()[place]) if "permissions" in job]
    ((place, job),) = writing
    assert place == ".github/workflows/release.yml"
    assert job["permissions"] == {"contents": "write"}
    assert {step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step} == {"actions/download-artifact"}
    assert {shlex.split(step["run"])[0] for step in job["steps"] if "run" in step} == {"gh"}


def test_a_release_is_built_out_of_no_cache() -> None:
    used = [name for name, _, _ in actions(workflows()[".github/workflows/release.yml"])]
    assert "actions/cache" not in used


def test_ci_installs_uv_in_one_version_with_its_hashes() -> None:
    installs = {
        (place, tuple(words[4:])) for place, words in everything_run() if words[1:4] == ["-m", "pip", "install"]
    }
    assert {place for place, _ in installs} >= {".ci/run", ".github/workflows/release.yml"}
    for place, words in installs:
        named = [word for word in words if word not in {"--quiet", "--disable-pip-version-check"}]
        named = [word for word in named if not word.startswith("--root-user-action=")]
        assert named == ["--require-hashes", "-r", ".ci/uv.txt"], place
    assert re.sub(r"^#.*\n", "", read(".ci/uv.txt"), flags=re.MULTILINE).startswith(
        f"uv=={pinned_uv()} \\\n    --hash="
    )


def test_the_documented_workflows_take_the_same_uv() -> None:
    for place in set(workflows()) - set(OWN):
        installs = [line for line in lines(workflows()[place]) if "pip install" in line]
        assert installs == [f"python3 -m pip install uv=={pinned_uv()}"], place


@pytest.mark.parametrize("place", [*OWN, ".ci/run"])
def test_a_job_that_uses_uv_installed_it_before(place: str) -> None:
    found = [words for where, words in everything_run() if where == place]
    uses = [index for index, words in enumerate(found) if words[:2] in (["uv", "sync"], ["uv", "run"])]
    installs = [index for index, words in enumerate(found) if words[1:4] == ["-m", "pip", "install"]]
    assert not uses or min(installs) < min(uses)


def test_python_packages_come_out_of_the_lock() -> None:
    of_uv = [(place, words) for place, words in everything_run() if words[0] == "uv" and len(words) > 1]
    assert {"sync", "run", "build", "export", "pip"} <= {words[1] for _, words in of_uv}
    for place, words in of_uv:
        match words[1:]:
            case ["sync" | "export", *options]:
                assert "--locked" in options, f"{place}: {words}"
            case ["run", *options]:
                assert not {"--with", "--with-requirements", "--upgrade"} & set(options), f"{place}: {words}"
            case ["build", *options]:
                assert {"--build-constraints", "--require-hashes"} <= set(options), f"{place}: {words}"
            case ["pip", "install", *options]:
                assert {"--require-hashes", "--no-deps"} & set(options), f"{place}: {words}"
            case _:
                pass


def test_tools_in_rust_are_built_as_their_authors_locked_them() -> None:
    built = [words for _, words in everything_run() if words[:2] == ["cargo", "install"]]
    assert built
    assert all("--locked" in words and "$crate@$version" in words for words in built)


def test_the_build_backend_is_bounded_and_locked() -> None:
    project, lock = toml("pyproject.toml"), toml("uv.lock")
    (backend,) = map(Requirement, project["build-system"]["requires"])
    assert {bound.operator for bound in backend.specifier} == {">=", "<"}
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]
    locked = {package["name"]: package for package in lock["package"]}
    needed, todo = set[str](), [backend.name]
    while todo:
        name = todo.pop()
        needed.add(name)
        todo += [each["name"] for each in locked[name].get("dependencies", ()) if each["name"] not in needed]
    constraints = {f"{name}=={locked[name]['version']}" for name in needed}
    assert set(project["tool"]["uv"]["build-constraint-dependencies"]) == constraints
    assert all(wheel["hash"] for name in needed for wheel in locked[name]["wheels"])


def test_a_page_says_of_every_dependency_why_it_is_there() -> None:
    project = toml("pyproject.toml")
    groups = cast("dict[str, list[Any]]", project["dependency-groups"])
    listed = [project["project"]["dependencies"], *groups.values()]
    named = {Requirement(each).name for group in listed for each in group if isinstance(each, str)}
    page = read("docs/dependencies.md")
    rows = "".join(line for line in page.splitlines() if line.startswith("|"))
    assert [name for name in sorted(named) if f"https://pypi.org/project/{name}/" not in rows] == []
    assert named >= {Requirement(each).name for each in re.findall(r"https://pypi\.org/project/([\w-]+)/", rows)}
