"""Prepares, checks and times a peer."""

import gc
import statistics
import sys
import time
import traceback
from typing import Any

import numpy as np

from job import Floats, Job, Tensors
from peer import Attention, Peer, Unsupported

# The most that a result may be off, as a share of the norm of the right one: a few roundings to the
# cache's type. With 8 bits that depends on scales too, which everybody chooses otherwise.
TOLERANCE = {
    "float32": 1e-4,
    "float16": 5e-3,
    "bfloat16": 1e-2,
    "int8": 4e-2,
    "float8e4m3fn": 8e-2,
}

# Threads are counted over so many seconds of calls.
COUNTED_SECONDS = 0.1


class Runner:
    """Answers the jobs of one peer, one after the other."""

    def __init__(self, peer: Peer, threads: int) -> None:
        self.peer = peer
        self.threads = threads
        self.job: Job | None = None
        self.attention: Attention | None = None
        self.tensors: Tensors | None = None
        self.refusal = ""
        self.turn = 0

    def answer(self, line: dict[str, Any]) -> dict[str, float | str]:
        """The answer to a line that `paged bench kernels` writes."""
        job = Job.parse(line)
        try:
            if job != self.job:
                self._begin(job)
            if self.attention is not None:
                return {"seconds": self._time(self.attention, job, line["calls"])}
        except Unsupported as reason:
            self.refusal = str(reason)
        except Exception as error:  # whatever a library raises, the other jobs may suit it
            traceback.print_exc(file=sys.stderr)
            self.refusal = f"{type(error).__name__}: {error}"[:300]
        self.attention = None
        return {"unsupported": self.refusal}

    def _begin(self, job: Job) -> None:
        """Replaces the last job by this one, once its result is right and its threads are few."""
        self.job, self.attention, self.turn = job, None, 0
        # Caches are large: the last job's must go before the next one's come.
        gc.collect()
        if job.cache not in self.peer.caches:
            raise Unsupported(f"has no {job.cache} cache")
        if self.tensors is None or not job.has_tensors_of(self.tensors.job):
            self.tensors = Tensors(job)
        attention = self.peer.prepare(job, self.tensors)
        self._call(attention, job)
        self._check(job, attention.output(), self.tensors.expected)
        self._count_threads(attention, job)
        self.attention = attention

    def _call(self, attention: Attention, job: Job) -> float:
        """Seconds of one call, on the next copy of the cache."""
        copy = self.turn % job.copies
        self.turn += 1
        begin = time.perf_counter()
        attention.call(copy)
        return time.perf_counter() - begin

    def _time(self, attention: Attention, job: Job, calls: int) -> float:
        """The median of some calls after one that does not count."""
        self._call(attention, job)
        return statistics.median(self._call(attention, job) for _ in range(calls))

    def _check(self, job: Job, output: Floats, expected: Floats) -> None:
        """Refuses a job whose result is wrong."""
        difference = output.reshape(expected.shape) - expected
        error = float(np.linalg.norm(difference) / np.linalg.norm(expected))
        what = f"{job.workload} {job.cache}"
        print(f"{self.peer.name}: {what}: off by {error:.1e}", file=sys.stderr)
        if not error <= TOLERANCE[job.cache]:
            raise Unsupported(f"{what}: its result is off by {error:.1e} of the norm")

    def _count_threads(self, attention: Attention, job: Job) -> None:
        """Refuses a job that was done on more threads than the peer was given."""
        begin, processor = time.perf_counter(), time.process_time()
        while time.perf_counter() - begin < COUNTED_SECONDS:
            self._call(attention, job)
        seconds = time.perf_counter() - begin
        threads = (time.process_time() - processor) / seconds
        if threads > self.threads + 0.2:
            raise Unsupported(f"worked on {threads:.1f} threads instead of {self.threads}")
