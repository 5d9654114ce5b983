"""The Wally package: its list of files is committed, and made by Wally's own rules."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from audioscape_luau.tools.packaging import BuildError
from audioscape_luau.tools.packaging.wally import files, install

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "luau" / "AudioScapeClient.wally.txt"
OTHERS = {"LICENSE", "README.md", "default.project.json", "wally.toml"}


def package() -> dict[str, str]:
    return tomllib.loads((ROOT / "wally.toml").read_text(encoding="utf-8"))["package"]


def test_the_list_is_the_committed_one() -> None:
    assert list(files(ROOT)) == COMMITTED.read_text(encoding="utf-8").splitlines(), (
        f"write it anew with: uv run python -m audioscape_luau.tools.packaging.wally > {COMMITTED}"
    )


def test_the_package_for_players_holds_its_module_and_goes_to_clients() -> None:
    module = {file.relative_to(ROOT / "luau").as_posix() for file in (ROOT / "luau/AudioScapeRemote").rglob("*.luau")}
    assert set(files(ROOT / "luau")) == module | {"default.project.json", "wally.toml"}
    theirs = tomllib.loads((ROOT / "luau/wally.toml").read_text(encoding="utf-8"))["package"]
    assert theirs["realm"] == "shared"
    shared = ("version", "license", "authors", "registry")
    assert [theirs[name] for name in shared] == [package()[name] for name in shared]
    text = (ROOT / "docs/guide/install.md").read_text(encoding="utf-8")
    assert set(re.findall(r'AudioScapeRemote = "([^"]+)"', text)) == {f"{theirs['name']}@{theirs['version']}"}


def test_the_package_holds_the_module_and_nothing_else() -> None:
    module = {file.relative_to(ROOT).as_posix() for file in (ROOT / "luau" / "AudioScapeClient").rglob("*.luau")}
    assert len(module) > 50
    assert set(files(ROOT)) == module | OTHERS


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["src"], ["**"], ""),
        (["src/deep/**"], ["**"], ""),
        (["src", "src/deep", "src/deep/**"], ["**"], "src/deep/b.luau"),
        (["src/**"], [], "LICENSE docs/z.md src/.hidden src/a.luau src/deep/b.luau wally.toml"),
        (["src/*"], ["docs"], "LICENSE src/.hidden src/a.luau src/deep/b.luau wally.toml"),
        (["src", "src/**"], ["*"], "src/.hidden src/a.luau src/deep/b.luau"),
        (["*.md"], ["*.luau"], "LICENSE docs/z.md src/.hidden wally.toml"),
        (["[a-d]*"], ["**"], "docs/z.md"),
        (["Packages/x"], ["src/?.luau"], "LICENSE docs/z.md src/.hidden src/deep/b.luau wally.toml"),
    ],
)
def test_patterns_mean_what_they_mean_to_wally(
    include: list[str], exclude: list[str], expected: str, tmp_path: Path
) -> None:
    """The expectations are what Wally's own code said of the same folder."""
    for name in (".git/config", "Packages/x/y", "docs/z.md", "LICENSE", "src/a.luau", "src/deep/b.luau", "src/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    write_manifest(tmp_path, include, exclude)
    assert " ".join(files(tmp_path)) == expected


def write_manifest(folder: Path, include: list[str], exclude: list[str]) -> None:
    lists = f"include = {json.dumps(include)}\nexclude = {json.dumps(exclude)}\n"
    text = f'[package]\nname = "scope/name"\nversion = "1.2.3"\n{lists}'
    (folder / "wally.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("include", [[], ["{a,b}"], ["**/x"], ["a**"], ["a\\*"]], ids=str)
def test_a_manifest_that_this_reading_cannot_follow_is_refused(include: list[str], tmp_path: Path) -> None:
    write_manifest(tmp_path, include, [])
    with pytest.raises(BuildError, match=r"wally\.toml"):
        files(tmp_path)


def test_installing_lays_out_what_wally_does(tmp_path: Path) -> None:
    place = install(ROOT, tmp_path, "Music")
    full_name = f"audioscape-luau_audioscape-client@{package()['version']}"
    assert place == tmp_path / "_Index" / full_name / "audioscape-client"
    assert sorted(file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()) == list(
        files(ROOT)
    )
    # Rojo names the Instance after the project; Wally's link asks for the package's name.
    assert json.loads((place / "default.project.json").read_text(encoding="utf-8"))["name"] == "audioscape-client"
    link = (tmp_path / "Music.lua").read_text(encoding="utf-8")
    assert link == f'return require(script.Parent._Index["{full_name}"]["audioscape-client"])\n'


def test_the_guide_names_the_package_as_it_is() -> None:
    text = (ROOT / "docs/guide/install.md").read_text(encoding="utf-8")
    assert set(re.findall(r'AudioScapeClient = "([^"]+)"', text)) == {f"{package()['name']}@{package()['version']}"}
