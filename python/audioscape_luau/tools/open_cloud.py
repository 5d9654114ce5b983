"""Open Cloud, for which the simulated engine has a client, as the commands name it."""

from roblox_double.probe.open_cloud import KEY

__all__ = ["KEY"]
