"""The mock server on a port of this machine, for clients that are no Python."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from audioscape_luau.mock.server import Gateway, listen, make_app, server


@contextmanager
def served(gateway: Gateway) -> Generator[str]:
    """Serve on a free port; yield the address of the server."""
    with listen("127.0.0.1", 0) as socket:
        running = server(make_app(gateway))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [socket]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()
