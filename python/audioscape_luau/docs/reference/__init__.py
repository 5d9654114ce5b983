"""The pages of the documentation site that the product itself knows."""

from __future__ import annotations

from audioscape_luau.docs.reference.page import page

__all__ = ["page"]
