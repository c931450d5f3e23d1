"""Puts TLS in front of a broker. Arguments: the broker's port, the host name in the certificate, where to write the CA, and where
to write a client's certificate with its key, if anywhere.

Prints its own port, and ends when standard input closes.
"""

import asyncio
import ssl
import sys

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


async def main(broker_port, host_name, ca_file, client_file=None):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host_name).configure_cert(context)
    if client_file:
        authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(client_file)

    async def serve(reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", broker_port)
        await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
