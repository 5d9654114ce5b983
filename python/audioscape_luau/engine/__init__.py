"""A double of the Roblox engine, written in Luau, and its host: VMs, virtual time, peers, scripts from folders."""

from __future__ import annotations

from audioscape_luau.engine.assets import Asset, Assets
from audioscape_luau.engine.bridge import Bridge, HttpFailure, HttpFault, HttpReply, HttpRequest, HttpxBridge
from audioscape_luau.engine.listener import Heard, Listener
from audioscape_luau.engine.loader import ProjectError, ScriptTree, load_folder, load_project, load_services
from audioscape_luau.engine.peer import Output, Peer
from audioscape_luau.engine.secret import Secret
from audioscape_luau.engine.settings import Settings
from audioscape_luau.engine.universe import FRAME, Universe
from audioscape_luau.engine.vm import LuauError, LuauTimeout, LuauValue, Opaque

__all__ = [
    "FRAME",
    "Asset",
    "Assets",
    "Bridge",
    "Heard",
    "HttpFailure",
    "HttpFault",
    "HttpReply",
    "HttpRequest",
    "HttpxBridge",
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
    "load_project",
    "load_services",
]
