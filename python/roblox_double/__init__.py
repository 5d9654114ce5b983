"""A double of the Roblox engine, written in Luau, and its host: VMs, virtual time, peers, scripts from folders."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roblox_double.assets import Asset, Assets
    from roblox_double.bridge import Bridge, HttpFailure, HttpFault, HttpReply, HttpRequest, HttpxBridge
    from roblox_double.guest import Guest, Invocation
    from roblox_double.listener import Heard, Listener
    from roblox_double.peer import Gap, Output, Peer
    from roblox_double.project import (
        ProjectError,
        ScriptTree,
        load_folder,
        load_place,
        load_project,
        load_services,
        synced,
    )
    from roblox_double.secret import Secret
    from roblox_double.settings import Settings
    from roblox_double.universe import FRAME, Universe
    from roblox_double.vm import LuauError, LuauTimeout, LuauValue, Opaque

__all__ = [
    "FRAME",
    "Asset",
    "Assets",
    "Bridge",
    "Gap",
    "Guest",
    "Heard",
    "HttpFailure",
    "HttpFault",
    "HttpReply",
    "HttpRequest",
    "HttpxBridge",
    "Invocation",
    "Listener",
    "LuauError",
    "LuauTimeout",
    "LuauValue",
    "Opaque",
    "Output",
    "Peer",
    "ProjectError",
    "ScriptTree",
    "Secret",
    "Settings",
    "Universe",
    "load_folder",
    "load_place",
    "load_project",
    "load_services",
    "synced",
]

_HOMES = {
    "assets": (
        "Asset",
        "Assets",
    ),
    "bridge": (
        "Bridge",
        "HttpFailure",
        "HttpFault",
        "HttpReply",
        "HttpRequest",
        "HttpxBridge",
    ),
    "guest": (
        "Guest",
        "Invocation",
    ),
    "listener": (
        "Heard",
        "Listener",
    ),
    "project": (
        "ProjectError",
        "ScriptTree",
        "load_folder",
        "load_place",
        "load_project",
        "load_services",
        "synced",
    ),
    "peer": (
        "Gap",
        "Output",
        "Peer",
    ),
    "secret": ("Secret",),
    "settings": ("Settings",),
    "universe": (
        "FRAME",
        "Universe",
    ),
    "vm": (
        "LuauError",
        "LuauTimeout",
        "LuauValue",
        "Opaque",
    ),
}
"""Modules by what is theirs. They are loaded when it is asked for: pytest loads this package in every environment."""

if not TYPE_CHECKING:  # or every name would count as being there

    def __getattr__(name: str) -> object:
        for module, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
