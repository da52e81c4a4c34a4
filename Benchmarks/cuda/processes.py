"""Starts processes that may crash or hang, and outlives them."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# How often files are looked at, in seconds.
PAUSE = 0.1


@dataclass
class Outcome:
    """How a process ended."""

    # Its status; None if it was killed.
    status: "int | None"
    # Why it was killed, or what it said last.
    words: str

    @property
    def failure(self):
        """What went wrong in words; nothing if nothing did."""
        if self.status == 0:
            return ""
        if self.status is None:
            return self.words
        if self.status < 0:
            name = signal.Signals(-self.status).name
            return f"crashed with {name}: {self.words}"
        return f"ended with status {self.status}: {self.words}"


def last_words(log):
    """The last line of a log that says something."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][-400:] if lines else "without a word"


def kill(process):
    """Ends a process and all that it has started; one that the driver holds is left alone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            continue
        if number == signal.SIGKILL or not group_lives(process.pid):
            return


def group_lives(group):
    """Whether some process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def run(command, seconds, log, environment=None, watched=None, stall=None):
    """Runs a command with all that it says in a log.

    It is killed after some seconds, or when for `stall` seconds the file `watched` has not grown.
    """
    log = Path(log)
    end = time.monotonic() + seconds
    with open(log, "ab") as output:
        try:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env=environment, start_new_session=True,
            )
        except OSError as error:
            return Outcome(127, str(error))
    size, grown = -1, time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        length = os.path.getsize(watched) if watched and os.path.exists(watched) else -1
        if length != size:
            size, grown = length, now
        hangs = stall is not None and now - grown > stall
        if now > end or hangs:
            kill(process)
            why = f"nothing new for {stall:.0f} s" if hangs else f"not done after {seconds:.0f} s"
            return Outcome(None, f"killed, {why}")
        time.sleep(PAUSE)
    return Outcome(process.returncode, last_words(log))
