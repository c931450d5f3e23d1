"""Writes what a TLS broker and its clients need into a folder. Argument: the folder.

ca.pem; server.pem and server.key, for localhost and 127.0.0.1; and for each client NAME.pem and NAME.key, where the
certificate's common name is NAME: external-worker and stranger, of the same authority, and outsider, of another one, whose
certificate is other-ca.pem.
"""

import pathlib
import sys

import trustme


def write(folder, name, certificate):
    certificate.private_key_pem.write_to_path(folder / f"{name}.key")
    for index, blob in enumerate(certificate.cert_chain_pems):
        blob.write_to_path(folder / f"{name}.pem", append=index > 0)


def main(folder):
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    other.cert_pem.write_to_path(folder / "other-ca.pem")
    write(folder, "server", authority.issue_cert("localhost", "127.0.0.1"))
    for issuer, name in ((authority, "external-worker"), (authority, "stranger"), (other, "outsider")):
        write(folder, name, issuer.issue_cert(f"{name}@example.org", common_name=name))


main(pathlib.Path(sys.argv[1]))
