"""What the command `audioscape` starts with; loading the rest takes long enough to be interrupted, or to fail."""

from __future__ import annotations

import sys
import traceback


def main() -> None:
    """Run the command line; end with 2 if it cannot be loaded, as commands do that cannot run."""
    try:
        from audioscape_luau.cli import app
        from audioscape_luau.programs import offer_tools
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if "--traceback" in sys.argv:
            traceback.print_exc()
        said = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"audioscape cannot be loaded: {said} (--traceback shows where)", file=sys.stderr)
        sys.exit(2)
    offer_tools()
    app()


if __name__ == "__main__":
    main()
