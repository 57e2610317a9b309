"""The browser in which pages are tried, and where there is none."""

import os
import shutil

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
