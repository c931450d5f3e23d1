"""What a supervising process waits for, on one thread: signals, and lines on its standard input."""

import os
import select
import signal
import socket
import time


class Ended(Exception):
    """Somebody wants this process to end: a signal came, or its standard input closed."""

    def __init__(self, reason, exit_status=0):
        super().__init__(reason)
        self.exit_status = exit_status


class Events:
    """Turns SIGTERM, SIGINT, SIGHUP and, where watched, the end of standard input into `Ended`, raised where
    the program waits and nowhere else: no clean-up is ever interrupted half-way."""

    def __init__(self, *, watch_stdin):
        if watch_stdin and not _is_open(0):
            raise Ended("standard input is closed")
        self._wake_up, self._wake_up_sender = socket.socketpair()
        self._wake_up_sender.setblocking(False)
        signal.set_wakeup_fd(self._wake_up_sender.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        self._poll = select.poll()
        self._poll.register(self._wake_up, select.POLLIN)
        if watch_stdin:
            self._poll.register(0, select.POLLIN)
        self._partial_line = b""
        self._lines = []

    def pause(self, seconds=None):
        """Waits until something happens (a signal, a child's end, a line), for at most so long."""
        for descriptor, _ in self._poll.poll(None if seconds is None else seconds * 1000):
            if descriptor == 0:
                self._read_stdin()
            else:
                self._read_signals()

    def next_line(self):
        """The next line from standard input that has come in, or None."""
        return self._lines.pop(0) if self._lines else None

    def wait_until(self, condition, *, deadline_seconds):
        """Asks again and again until the condition holds (True) or the time is over (False)."""
        deadline = time.monotonic() + deadline_seconds
        while not condition():
            if time.monotonic() >= deadline:
                return False
            self.pause(0.05)
        return True

    def _read_signals(self):
        ending = set(self._wake_up.recv(4096)) - {signal.SIGCHLD}
        if ending:
            raise Ended(signal.Signals(min(ending)).name, 128 + min(ending))

    def _read_stdin(self):
        try:
            data = os.read(0, 4096)
        except OSError:
            data = b""
        if not data:
            raise Ended("standard input closed")
        *complete, self._partial_line = (self._partial_line + data).split(b"\n")
        self._lines += [line.decode(errors="replace").strip() for line in complete]


def _is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
