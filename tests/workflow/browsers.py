"""The browser in which pages are tried, and where there is none."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

# The PATH is searched for these, in this order; `CHROMIUM` names another browser of that family.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
IN_BROWSER = pytest.mark.skipif(
    BROWSER is None, reason=f"no browser on the PATH: looked for {', '.join(BROWSERS)}"
)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def opened_alone(browser, page: Path, folder: Path):
    """Give a function that opens a page, copied alone into a folder.

    At the end nothing that the page asked for or complained of may be left.
    """
    alone = Path(shutil.copy(page, folder / page.name))
    asked, complaints, contexts = [], [], []

    def run(**options):
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(alone.as_uri())
        return page

    yield run
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith("data:")] == [alone.as_uri()] * len(contexts)
    assert complaints == []
