"""Starts `paged serve` as a process of its own, the way users do.

PAGED_BINARY (default .build/release/paged) and PAGED_MODEL (default the built-in model) say what to
start; the Makefile sets both.
"""

import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import openai

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PAGED_BINARY", str(REPOSITORY / ".build" / "release" / "paged"))
MODEL = os.environ.get("PAGED_MODEL")


def command(name, *arguments, model=MODEL):
    """The command line of a subcommand, with the model under test."""
    return [BINARY, name, *(["--model", model] if model else []), *arguments]


class Server:
    """A running server; a context manager that ends it."""

    def __init__(self, *arguments, start_seconds=120, model=MODEL):
        self.process = subprocess.Popen(
            command("serve", "--port", "0", *arguments, model=model),
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.output, self.log = [], []
        self._threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.output), (self.process.stderr, self.log))]
        for thread in self._threads:
            thread.start()
        self.url = self._wait_for_url(start_seconds)
        self.port = int(self.url.rsplit(":", 1)[1])

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line)

    def _wait_for_url(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = re.search(r"Listening on (http://\S+)", "".join(self.output))
            if found and "print(" in "".join(self.output):
                return found.group(1)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        raise RuntimeError("the server did not start:\n" + "".join(self.output + self.log))

    def get(self, path, **headers):
        """Status and body of a GET."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name):
        """The value of a metric that has one sample."""
        found = re.search(rf"^{re.escape(name)}{{[^}}]*}} (\S+)$", self.get("/metrics")[1], re.M)
        assert found, f"no metric {name}"
        return float(found.group(1))

    def wait_until_idle(self, seconds=30):
        """Waits until nothing runs; fails when it does not come to that."""
        deadline = time.monotonic() + seconds
        while self.metric("vllm:num_requests_running") + self.metric("vllm:num_requests_waiting"):
            assert time.monotonic() < deadline, "requests still run"
            time.sleep(0.02)

    def signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=60):
        """The exit status."""
        status = self.process.wait(timeout=seconds)
        for thread in self._threads:
            thread.join(timeout=10)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


def connect(server, key="none"):
    """OpenAI's client of a server."""
    return openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0, timeout=120)
