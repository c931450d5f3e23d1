"""Who runs the local stack of this checkout, and where: a locked file. The lock is the truth; the kernel releases it
however its holder ends, so that what an earlier run left behind is told apart from one that is still up."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / ".build" / "local-stack"


class AlreadyUp(Exception):
    """Another process holds the lock; its note says who and where."""

    def __init__(self, note):
        super().__init__("a local stack is already up")
        self.note = note


class State:
    def __init__(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self._file = open(FOLDER / "state.json", "a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp(self._read()) from None

    def clean_up_after_earlier_run(self):
        """Removes the folder of a run that was killed. Its processes ended with it."""
        directory = self._read().get("directory")
        if directory:
            shutil.rmtree(directory, ignore_errors=True)

    def write(self, **note):
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), **note}))
        self._file.flush()

    def clear(self):
        self._file.truncate(0)

    def _read(self):
        self._file.seek(0)
        try:
            return json.loads(self._file.read())
        except ValueError:
            return {}


def end_running(seconds=60):
    """Ends the stack that is up, if one is. Returns whether there was one."""
    deadline = time.monotonic() + seconds
    was_up = False
    while time.monotonic() < deadline:
        try:
            state = State()
        except AlreadyUp as up:
            if not was_up and "pid" in up.note:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(up.note["pid"], signal.SIGTERM)
                was_up = True
            time.sleep(0.1)
        else:
            state.clean_up_after_earlier_run()
            state.clear()
            return was_up
    raise TimeoutError(f"the local stack did not end within {seconds} s")
