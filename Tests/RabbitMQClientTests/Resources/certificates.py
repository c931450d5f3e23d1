"""What a TLS broker and its clients need, in a temporary folder whose path it prints. Ends, and removes the folder, when standard
input closes.

ca.pem; server.pem and server.key, for localhost and 127.0.0.1; and for each client NAME.pem and NAME.key, where the
certificate's common name is NAME: external-worker and stranger, of the same authority, and outsider, of another one, whose
certificate is other-ca.pem. encrypted.key is external-worker.key with a passphrase.
"""

import pathlib
import sys
import tempfile

import trustme
from cryptography.hazmat.primitives import serialization


def write(folder, name, certificate):
    certificate.private_key_pem.write_to_path(folder / f"{name}.key")
    for index, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(folder / f"{name}.pem", append=index > 0)


def write_encrypted(source, target):
    key = serialization.load_pem_private_key(source.read_bytes(), password=None)
    protection = serialization.BestAvailableEncryption(b"passphrase")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
    target.write_bytes(key.private_bytes(*form))


with tempfile.TemporaryDirectory(prefix="aviso-ecpds-certificates-") as name:
    folder = pathlib.Path(name)
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other-ca.pem")
    write(folder, "server", authority.issue_cert("localhost", "127.0.0.1"))
    for issuer, client in ((authority, "external-worker"), (authority, "stranger"), (other, "outsider")):
        write(folder, client, issuer.issue_cert(f"{client}@example.org", common_name=client))
    write_encrypted(folder / "external-worker.key", folder / "encrypted.key")
    print(folder, flush=True)
    sys.stdin.read()
