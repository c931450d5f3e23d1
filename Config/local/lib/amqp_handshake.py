"""The opening of an AMQP 0-9-1 connection: the only proof that a broker serves, as its port opens earlier."""

import socket
import struct

_START, _START_OK, _TUNE, _TUNE_OK, _OPEN, _OPEN_OK, _CLOSE, _CLOSE_OK = (
    (10, method) for method in (10, 11, 30, 31, 40, 41, 50, 51)
)


def succeeds(port, username, password, timeout_seconds):
    """Whether a connection to 127.0.0.1 opens all the way, virtual host included."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout_seconds) as connection:
            connection.settimeout(timeout_seconds)
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            _receive(connection, _START)
            credentials = f"\0{username}\0{password}".encode()
            _send(connection, _START_OK, _long(b"") + _short(b"PLAIN") + _long(credentials) + _short(b"en_US"))
            limits = _receive(connection, _TUNE)
            _send(connection, _TUNE_OK, limits)
            _send(connection, _OPEN, _short(b"/") + _short(b"") + b"\0")
            _receive(connection, _OPEN_OK)
            _send(connection, _CLOSE, struct.pack(">H", 200) + _short(b"") + struct.pack(">HH", 0, 0))
            _receive(connection, _CLOSE_OK)
            return True
    except (OSError, ValueError):
        return False


def _short(text):
    return bytes([len(text)]) + text


def _long(text):
    return struct.pack(">I", len(text)) + text


def _send(connection, method, arguments):
    payload = struct.pack(">HH", *method) + arguments
    connection.sendall(struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce")


def _receive(connection, expected):
    _, _, size = struct.unpack(">BHI", _read(connection, 7))
    frame = _read(connection, size + 1)
    if struct.unpack(">HH", frame[:4]) != expected:
        raise ValueError("another method than expected")
    return frame[4:-1]


def _read(connection, size):
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise ValueError("the broker closed the connection")
        data += chunk
    return data
