"""The proxy that the environment names, if one stands between this machine and a host."""

from __future__ import annotations

import os
from importlib.util import find_spec
from urllib.request import getproxies, proxy_bypass

import httpx

from audioscape_luau.cli.running import CannotRun
from audioscape_luau.loopback import is_loopback

_KINDS = ("http", "https", "socks5", "socks5h")
_MEND = "Set it to an HTTP proxy, or unset it"
_LAST_PORT = 65_535


def client_for(url: httpx.URL, seconds: float) -> httpx.Client:
    """Return a client that sends to a host by the proxy of the environment; each step may take so many seconds.

    Raises:
        CannotRun: the proxy is of a kind that cannot be used, or what is named is none.
    """
    # With trust_env, httpx reads every variable at once and raises at what it does not know, needed or not.
    try:
        context = httpx.create_ssl_context()
    except OSError as error:
        raise CannotRun(f"cannot read the certificates of SSL_CERT_FILE or SSL_CERT_DIR: {error.strerror}") from error
    return httpx.Client(timeout=seconds, trust_env=False, verify=context, proxy=_proxy(url))


def _proxy(url: httpx.URL) -> httpx.Proxy | None:
    if is_loopback(url.host) or proxy_bypass(url.netloc.decode()):
        return None
    for kind in (url.scheme, "all"):
        if address := getproxies().get(kind):
            return _understood(address, kind)
    return None


def _understood(address: str, kind: str) -> httpx.Proxy:
    """Return a proxy. Its address may hold a password, so no complaint repeats it."""
    upper = f"{kind}_proxy".upper()
    name = next((name for name in (upper.lower(), upper) if os.environ.get(name)), f"the system's {kind} proxy")
    scheme, found, _ = address.partition("://")
    if found and scheme.lower() not in _KINDS:
        raise CannotRun(f"{name} names an unsupported kind of proxy. Supported: {', '.join(_KINDS)}. {_MEND}")
    if found and scheme.lower().startswith("socks") and find_spec("socksio") is None:
        raise CannotRun(
            f"{name} names a SOCKS proxy, which needs the package socksio. Install it, or use an HTTP proxy"
        )
    try:
        proxy = httpx.Proxy(address if found else f"http://{address}")
    except (httpx.InvalidURL, ValueError):
        proxy = None
    if proxy is None or not proxy.url.host or (proxy.url.port or 0) > _LAST_PORT:
        raise CannotRun(f"{name} is not the address of a proxy. {_MEND}")
    return proxy
