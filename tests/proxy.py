"""A small reverse proxy that puts a server below a path of its own host."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests import running, servers
from tests.running import RunningProject

PIECE_BYTES = 64 * 1024
OF_THE_CONNECTION = ("connection", "transfer-encoding", "keep-alive")


@contextmanager
def project_below(
    prefix: str, *, strips: bool, ending: str = "", **environment: str
) -> Iterator[tuple[str, RunningProject]]:
    """A started project whose people reach it at such a path: their address of it, and the project.

    `ending` is what SiteURL has behind that address.
    """
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}{prefix}"
    with (
        servers.temporary_folder() as folder,
        running.project(folder, SITE_URL=f"{url}{ending}", **environment) as project,
        below(prefix, project.url, strips=strips, port=port),
    ):
        project.wait_until_up()
        yield url, project


@contextmanager
def below(prefix: str, upstream: str, *, strips: bool, port: int) -> Iterator[None]:
    """Passes what is asked for below `prefix` on to `upstream`, with the prefix or without; 404 for the rest.

    One that strips is set up carelessly in other ways, too: it tells the server neither the host that was
    asked for nor that it is there at all.
    """

    class Proxy(_Proxy):
        pass

    Proxy.prefix, Proxy.strips = prefix, strips
    Proxy.upstream = urlsplit(upstream).netloc
    server = ThreadingHTTPServer(("127.0.0.1", port), Proxy)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Proxy(BaseHTTPRequestHandler):
    prefix: str
    upstream: str
    strips: bool

    def _pass_on(self) -> None:
        path = self._path()
        if path is None:
            self.send_error(404, "This is another server's place")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if self._goes_on(name)}
        connection.request(self.command, path, body or None, headers)
        answer = connection.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            while piece := answer.read1(PIECE_BYTES):
                self.wfile.write(piece)
        except OSError:
            pass  # the browser has left
        finally:
            connection.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815 - their names

    def _path(self) -> str | None:
        if not f"{self.path}/".startswith((f"{self.prefix}/", f"{self.prefix}?")):
            return None
        if not self.strips:
            return self.path
        rest = self.path[len(self.prefix) :]
        return rest if rest.startswith("/") else f"/{rest}"

    def _goes_on(self, name: str) -> bool:
        return name.lower() not in OF_THE_CONNECTION and not (self.strips and name == "Host")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
