"""A real browser, without a window: Debian's chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.tools import missing, package

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def chromium() -> Generator[Browser]:
    """Start the browser. Where there is none the test is skipped, but never in CI."""
    package("playwright", "browser")
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or missing("chromium is not on PATH: no report is opened in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, document: Path | str, **context: object) -> Generator[Page]:
    """Open a file or an address, and fail at the end if the page complained or asked for anything besides itself.

    context: options of `Browser.new_context`, such as `color_scheme` and `viewport`.
    """
    address = document.resolve().as_uri() if isinstance(document, Path) else document
    asked: list[str] = []
    said: list[str] = []
    page = browser.new_page(**context)  # pyright: ignore[reportArgumentType]
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        page.goto(address)
        yield page
        assert {url.partition("#")[0] for url in asked} <= {address.partition("#")[0]}
        assert said == []
    finally:
        page.close()


def overflow(page: Page) -> int:
    """Return by how many CSS pixels a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def contrast(page: Page, selector: str) -> float:
    """Return the least contrast (WCAG 2, 1 to 21) of the elements that match, between their text and their ground."""
    return float(page.evaluate(_CONTRAST, selector))


_CONTRAST = """selector => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return Math.min(...[...document.querySelectorAll(selector)].map((element) => {
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
}"""
