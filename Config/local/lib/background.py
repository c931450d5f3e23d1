"""Runs something that may go on after the command that started it has returned."""

import os
import signal
import sys

import events
import processes


class Detach:
    """Called once the work may go on alone: the command returns with success, and its end ends nothing any more."""

    def __init__(self, pipe):
        self.is_done = False
        self._pipe = pipe

    def __call__(self):
        self.is_done = True
        processes.set_death_signal(0)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.write(self._pipe, b"!")


def run(work):
    """Runs `work(events, detach)` in a child with a session of its own. Until it detaches, this process passes on
    signals, and its end, even by SIGKILL, is a SIGTERM to the child. Never returns."""
    sys.stdout.flush()
    parent = os.getpid()
    detached, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(detached)
        os.setsid()
        happenings = events.Events(watch_stdin=False)
        processes.set_death_signal(signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(130)
        work(happenings, Detach(pipe))
        sys.exit(0)
    os.close(pipe)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: os.kill(child, received))
    if os.read(detached, 1):
        os._exit(0)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
