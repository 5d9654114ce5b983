"""The audio assets of a universe: how long each one is, and whether and how soon it loads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from roblox_double.settings import Settings
from roblox_double.vm import LuauValue

_CONTENT = re.compile(r"rbxassetid://0*(\d+)|https?://(?:www|assetdelivery)\.roblox\.com/.*[?&]id=0*(\d+)", re.I)
_BUILT_IN = "rbxasset://"
_NO_SOUND = "Unable to download sound data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One audio asset as the platform knows it. What is None is as `Settings` say for every asset."""

    duration: float | None = None
    """Seconds."""
    load: Literal["loads", "fails", "never"] | None = None
    """What becomes of an attempt to load it; `never`: neither success nor failure is ever reported."""
    load_seconds: float | None = None
    """Virtual seconds until it is loaded, or has failed."""
    failure: str = "User is not authorized to access Asset."
    """What the output says after `Failed to load sound ID: `."""
    title: str = ""
    artist: str = ""
    audio_type: Literal["Music", "SoundEffect"] | None = "Music"
    """None: the platform cannot tell."""
    metadata: bool = True
    """Whether `AssetService:GetAudioMetadataAsync` knows it."""


class Assets:
    """All assets by number or content id. One that nobody has described is an `Asset()`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._assets: dict[tuple[str, str | None], Asset] = {}

    def __setitem__(self, content: int | str, asset: Asset) -> None:
        self.put(content, asset)

    def __getitem__(self, content: int | str) -> Asset:
        return self.look_up(content)

    def put(self, content: int | str, asset: Asset, *, peer: str | None = None) -> None:
        """Describe an asset, to every peer or only to the one of that name (`server`, or a player's)."""
        self._assets[_key(content), peer] = asset

    def look_up(self, content: int | str, *, peer: str | None = None) -> Asset:
        """Return what is known of an asset, as the peer of that name meets it."""
        key = _key(content)
        found = self._assets.get((key, peer)) or self._assets.get((key, None))
        if found is not None:
            return found
        if key.isdecimal() or key.startswith(_BUILT_IN):
            return Asset()
        return Asset(load="fails", failure=_NO_SOUND, metadata=False)

    def loading(self, content: str, peer: str) -> list[LuauValue]:
        """Answer the host function `asset`."""
        asset = self.look_up(content, peer=peer)
        seconds = self._settings.asset_load_seconds if asset.load_seconds is None else asset.load_seconds
        outcome = asset.load or self._settings.asset_load
        return [outcome, seconds, asset.failure if outcome == "fails" else self._duration(asset)]

    def describing(self, content: str) -> list[LuauValue]:
        """Answer the host function `metadata`."""
        asset = self.look_up(f"rbxassetid://{content}" if content.isdecimal() else content)
        if not asset.metadata:
            return []
        return [asset.title, asset.artist, self._duration(asset), asset.audio_type]

    def searching(
        self, words: str, title: str, artist: str, shortest: float, longest: float, kind: str
    ) -> list[LuauValue]:
        """Answer the host function `search`: every asset with a title that has all of the words in title or artist."""
        found: list[LuauValue] = []
        for (key, peer), asset in self._assets.items():
            about = f"{asset.title} {asset.artist}".casefold()
            length = self._duration(asset)
            if (
                peer is None
                and key.isdecimal()
                and asset.title
                and asset.audio_type == kind
                and all(word in about for word in words.casefold().split())
                and title.casefold() in asset.title.casefold()
                and artist.casefold() in asset.artist.casefold()
                and shortest <= length <= longest
            ):
                found += [int(key), asset.title, asset.artist, length, kind]
        return found

    def _duration(self, asset: Asset) -> float:
        return self._settings.asset_duration if asset.duration is None else asset.duration


def _key(content: int | str) -> str:
    """Return the number of an asset as text, or the content id as it is where it has none."""
    if isinstance(content, int):
        return str(content)
    match = _CONTENT.fullmatch(content)
    # Digits alone are not a content id, although they look like an asset's number.
    return (match[1] or match[2]) if match else f"text:{content}" if content.isdecimal() else content
