"""Open Cloud, for which the simulated engine has a client, as the commands name it."""

from urllib.parse import urlsplit

from roblox_double.probe.open_cloud import KEY

__all__ = ["KEY", "public"]


def public(echo: str) -> str:
    """Return the address of a host that Roblox can reach, to which paths can be added. Raises ValueError."""
    told = f"--echo takes an https:// address that Roblox can reach, got {echo!r}"
    try:
        parts = urlsplit(echo.strip())
    except ValueError:
        raise ValueError(told) from None
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(told)
    return parts.geturl().rstrip("/")
