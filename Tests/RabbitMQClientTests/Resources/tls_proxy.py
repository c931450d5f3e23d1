"""Puts TLS in front of a port of 127.0.0.1. Arguments: the port, the certificate's host name, where to write the CA, and perhaps
expired or obsolete (TLS 1.1 and nothing newer).

Prints its own port, and ends when standard input closes.
"""

import asyncio
import datetime
import socket
import ssl
import sys
import threading
import warnings

import trustme


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def make_context(host_name, ca_file, flaw):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    validity = {}
    if flaw == "expired":
        end = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        validity = {"not_before": end - datetime.timedelta(days=1), "not_after": end}
    if flaw == "obsolete":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    authority.issue_cert(host_name, **validity).configure_cert(context)
    return context


def shake_hands(context):
    """Serves handshakes and no more; unlike asyncio it tells the client by an alert why one fails. Returns the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


async def main(target_port, host_name, ca_file, flaw=None):
    async def serve(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", target_port)
        await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))

    context = make_context(host_name, ca_file, flaw)
    if flaw == "obsolete":
        port = shake_hands(context)
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
