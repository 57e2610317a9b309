"""A folder with a page, served to the browsers of this machine alone."""

import secrets
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8024  # where it is free


def serve(folder: Path, page: str) -> tuple[ThreadingHTTPServer, str]:
    """Serve the files of `folder`, and nothing else, on 127.0.0.1, in threads of their own.

    Only who knows the address gets anything: it bears a secret, since others may work on this
    machine, and the page shows patients' cells. A name of another host is refused, by which a site
    of the web might ask.

    Parameters
    ----------
    page
        The name in the folder of what is shown at the address itself.

    Returns
    -------
    server
        To be shut down.
    address
        Of the page.
    """
    root, secret = folder.resolve(), f"/{secrets.token_urlsafe(12)}/"

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *request):
            super().__init__(*request, directory=str(root))

        def send_head(self):
            host = self.headers.get("Host", "").rpartition(":")[0]
            known = host in ("127.0.0.1", "localhost") and self.path.startswith(secret)
            self.path = f"/{self.path.removeprefix(secret)}"
            if self.path == "/":
                self.path = f"/{page}"
            file = Path(self.translate_path(self.path)).resolve()
            if known and file.is_relative_to(root) and file.is_file():
                return super().send_head()
            return self.send_error(404)

        def end_headers(self):
            self.send_header("Cache-Control", "no-store")
            super().end_headers()

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
