"""Child processes that never outlive the process that started them."""

import ctypes
import os
import random
import signal
import socket
import subprocess
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class StartFailure(Exception):
    """A process did not start or did not become ready; the message is for people."""


def start(arguments, *, log, environment=None, stdin=subprocess.DEVNULL, stdout=None):
    """Starts a child in a session of its own, so that a terminal's Ctrl-C reaches the parent alone, which
    then ends its children in order. The kernel kills the child as soon as the thread that called this is gone."""
    parent = os.getpid()

    def die_with_parent():
        set_death_signal(signal.SIGKILL)
        if os.getppid() != parent:  # it died before prctl was called
            os._exit(1)

    with open(log, "ab") as output:
        try:
            return subprocess.Popen(
                arguments,
                env=environment,
                stdin=stdin,
                stdout=stdout or output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            raise StartFailure(f"cannot run {arguments[0]}: {error.strerror}") from error


def set_death_signal(number):
    """The signal that the kernel sends to this process when its parent ends; 0 for none."""
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def end(process, grace_seconds):
    """SIGTERM, a bounded wait, then SIGKILL to whatever is left of the child's process group.
    Returns the exit status, negative for a signal."""
    try:
        process.terminate()
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        pass
    kill(process)
    return process.returncode


def kill(process):
    """SIGKILL to the child's process group, at once."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def tail(log, lines=20):
    """The last lines of a log file, indented, for an error message."""
    try:
        text = Path(log).read_text(errors="replace")
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (the log is empty)"


def is_free(port):
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    """A free port on loopback below the range from which the kernel hands out ports to outgoing connections:
    the port is still free when its server starts, or starts again."""
    for port in random.sample(range(15_000, 32_000), 200):
        if is_free(port):
            return port
    raise StartFailure("no free port on 127.0.0.1 between 15000 and 32000")
