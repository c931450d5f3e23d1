"""HTTPS servers with certificates good and bad, for the tests of the HTTP client.

Prints one line of JSON that says where they are, and ends when its standard input does.
"""

import asyncio
import datetime
import http.server
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import warnings

import hypercorn.asyncio
import hypercorn.config
import trustme

BODY = b"hello"


async def application(scope, receive, send):
    """Answers every request with `BODY`."""
    if scope["type"] == "lifespan":
        event = None
        while event != "lifespan.shutdown":
            event = (await receive())["type"]
            await send({"type": event + ".complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    await send({"type": "http.response.body", "body": BODY})


def serve_http2(certificate, folder, end):
    """HTTP/2 and HTTP/1.1, whichever the client prefers, until `end`. Returns the port and the task."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    configuration = hypercorn.config.Config()
    configuration.bind = [f"fd://{listener.detach()}"]
    configuration.certfile = str(folder / "server.pem")
    configuration.keyfile = str(folder / "server.key")
    configuration.loglevel = "WARNING"
    certificate.private_key_pem.write_to_path(configuration.keyfile)
    for index, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(configuration.certfile, append=index > 0)
    return port, asyncio.create_task(hypercorn.asyncio.serve(application, configuration, shutdown_trigger=end.wait))


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every GET request with `BODY`, in HTTP/1.1."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


class HTTP1Server(http.server.ThreadingHTTPServer):
    """A thread a connection; unlike asyncio it tells the client by an alert why a handshake failed."""

    def __init__(self, configure):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        configure(self.context)
        super().__init__(("127.0.0.1", 0), Answering)

    def handle_error(self, *_):
        """Failed handshakes are what some tests are about."""


def serve_http1(configure):
    """HTTP/1.1 alone, over the TLS that `configure` sets up. Returns the port."""
    server = HTTP1Server(configure)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def obsolete(certificate):
    """TLS 1.1 and nothing newer."""

    def configure(context):
        certificate.configure_cert(context)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")

    return configure


def self_signed(folder):
    """The certificate of an authority that nobody knows, used as a server's."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "self-signed.pem")
    authority.private_key_pem.write_to_path(folder / "self-signed.key")
    return lambda context: context.load_cert_chain(folder / "self-signed.pem", folder / "self-signed.key")


async def main(folder):
    """Starts everything and waits for the end of standard input."""
    private_authority, system_authority = trustme.CA(), trustme.CA()
    system_directory = folder / "certs"
    system_directory.mkdir()
    system_authority.cert_pem.write_to_path(system_directory / "system-ca.pem")
    subprocess.run(["openssl", "rehash", system_directory], check=True)

    good = private_authority.issue_cert("127.0.0.1")
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    expired = private_authority.issue_cert("127.0.0.1", not_before=past - datetime.timedelta(days=1), not_after=past)
    end = asyncio.Event()
    http2_port, http2_server = serve_http2(good, folder, end)
    facts = {
        "authority": private_authority.cert_pem.bytes().decode(),
        "otherAuthority": trustme.CA().cert_pem.bytes().decode(),
        "caDirectory": str(system_directory),
        "ports": {
            "http2": http2_port,
            "http1": serve_http1(good.configure_cert),
            "systemAuthority": serve_http1(system_authority.issue_cert("127.0.0.1").configure_cert),
            "otherName": serve_http1(private_authority.issue_cert("other.example").configure_cert),
            "expired": serve_http1(expired.configure_cert),
            "selfSigned": serve_http1(self_signed(folder)),
            "obsoleteTLS": serve_http1(obsolete(good)),
        },
    }
    print(json.dumps(facts), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    end.set()
    await http2_server


with tempfile.TemporaryDirectory() as name:
    asyncio.run(main(pathlib.Path(name)))
