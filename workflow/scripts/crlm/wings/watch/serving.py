"""A folder with a page, served to the browsers of this machine, which load it anew."""

import json
import mimetypes
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PORT, WAIT = 8024, 20  # where it is free; seconds until a browser asks again
NOTHING_YET = b'<!doctype html><meta charset="utf-8"><title>make watch</title><body>'


class Shown:
    """What browsers are to show: the page by its number, and what is told above it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.state: dict[str, Any] = {"change": 0, "page": 0, "told": "", "kind": ""}

    def show(self, told: str = "", kind: str = "", new_page: bool = False) -> None:
        """Tell something above the page, of the kind `wrong` or `busy`; the page may be new."""
        with self._changed:
            change, page = self.state["change"] + 1, self.state["page"] + new_page
            self.state = {"change": change, "page": page, "told": told, "kind": kind}
            self._changed.notify_all()

    def after(self, change: int) -> dict:
        """Return what is to be shown, at once where it is another than `change`."""
        with self._changed:
            self._changed.wait_for(lambda: self.state["change"] != change, WAIT)
            return self.state


def serve(folder: Path, page: str, script: Path, shown: Shown) -> tuple[ThreadingHTTPServer, str]:
    """Serve the files of `folder`, and nothing else, on 127.0.0.1, in threads of their own.

    Only who knows the address gets anything: it bears a secret, since others may work on this
    machine, and the page shows patients' cells. A name of another host is refused, by which a site
    of the web might ask.

    Parameters
    ----------
    page
        Its name in the folder; it is sent with `script` behind it.
    shown
        What the script asks for.

    Returns
    -------
    server
        To be shut down.
    address
        Of the page.
    """
    root, secret = folder.resolve(), f"/{secrets.token_urlsafe(12)}/"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            host = self.headers.get("Host", "").rpartition(":")[0]
            asked = urlsplit(self.path)
            if host not in ("127.0.0.1", "localhost") or not asked.path.startswith(secret):
                return self.send_error(404)
            name = unquote(asked.path.removeprefix(secret))
            if name == "state":
                seen = asked.query.removeprefix("seen=")
                state = shown.after(int(seen) if seen.isdigit() else -1)
                return self.send("application/json", json.dumps(state).encode())
            if not name:
                number = shown.state["page"]  # before the page is read: at worst it is loaded twice
                whole = (root / page).read_bytes() if (root / page).exists() else NOTHING_YET
                own = f'\n<script data-page="{number}">\n{script.read_text("utf-8")}</script>\n'
                return self.send("text/html; charset=utf-8", whole + own.encode())
            path = (root / name).resolve()
            if not (path.is_relative_to(root) and path.is_file()):
                return self.send_error(404)
            return self.send(mimetypes.guess_type(name)[0] or "text/plain", path.read_bytes())

        def send(self, kind, content):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Leave the terminal to what is saved."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """Pass over browsers that went away."""

    try:
        server = Server(("127.0.0.1", PORT), Handler)
    except OSError:  # another one runs
        server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}{secret}"
