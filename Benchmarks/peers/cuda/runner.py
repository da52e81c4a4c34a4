"""Prepares, checks and times a peer."""

import gc
import sys
import time
import traceback

import torch

from peer import Unsupported
from workload import TYPES, Tensors

# How a process ends after which another has to go on: this one's GPU is lost.
RENEWED = 3
# The most that a result may be off, as a share of the norm of the right one: a few roundings to the type of the
# cache, and with codes of 8 bits those of queries and weights, which some libraries round too.
TOLERANCE = {"float16": 5e-3, "bfloat16": 2e-2, "int8": 5e-2, "float8e4m3fn": 1e-1}
# So long a round takes at the least, all of a workload's at the most, and what warms the GPU up, in seconds.
SHORTEST_ROUND, LONGEST, WARM = 0.002, 1.5, {"cuda": 0.05, "cpu": 0}


class Runner:
    """Measures workloads with one peer, one after the other."""

    def __init__(self, name, peer, options, lines):
        self.name, self.peer, self.options, self.lines = name, peer, options, lines
        self.clock = GraphicsClock() if options.device == "cuda" else ProcessorClock()

    @torch.inference_mode()
    def measure(self, workloads):
        """All of them; a line for each."""
        for workload in workloads:
            result = {"identifier": workload["identifier"], "peer": self.name, "isPaged": self.peer.is_paged}
            try:
                result.update(self._one(workload))
            except Unsupported as reason:
                result["unsupported"] = str(reason)
            except Exception as error:  # whatever a library raises, the other workloads may suit it
                traceback.print_exc(file=sys.stderr)
                result["failure"] = f"{type(error).__name__}: {error}"[:300]
            self.lines.add("time", result)
            if self.options.device == "cuda" and "failure" in result and not is_alive():
                sys.exit(RENEWED)
            # Caches are large: the last workload's must go before the next one's come.
            gc.collect()
            if self.options.device == "cuda":
                torch.cuda.empty_cache()

    def _one(self, workload):
        """The times of a workload, once its result is right."""
        if workload["cache"] not in self.peer.caches or workload["cache"] not in TYPES:
            raise Unsupported(f"has no {workload['cache']} cache")
        if not self.peer.is_paged and workload["blockSize"] > 64:
            raise Unsupported("has no blocks")
        if workload["isLatent"] != getattr(self.peer, "is_latent", False):
            raise Unsupported("not for this layout")
        tensors = Tensors(workload, self.options.device, self.options.seed)
        attention = self.peer.prepare(tensors)
        error = difference(attention.output(attention.call(0)), tensors, self.peer.is_paged)
        if not error <= TOLERANCE[workload["cache"]]:
            raise ValueError(f"its result is off by {error:.1e} of the norm")
        return {"error": error, **self._time(attention, len(tensors.copies))}

    def _time(self, attention, copies):
        """Rounds of whole turns of all copies."""
        if hasattr(attention, "time"):
            return attention.time(self.options.rounds)
        for copy in range(min(copies, 3)):
            attention.call(copy)
        turn = busy = self.clock.seconds(lambda: call(attention, copies, copies))
        while busy < WARM[self.options.device]:
            turn = self.clock.seconds(lambda: call(attention, copies, copies))
            busy += turn
        turns = max(1, min(-(-SHORTEST_ROUND // turn), 1024 // copies))
        calls = int(copies * turns)
        rounds = max(5, min(self.options.rounds, int(LONGEST / (2 * turn * turns))))
        launches = [self.clock.seconds(lambda: call(attention, copies, calls)) / calls for _ in range(rounds)]
        result = {"calls": calls, "copies": copies, "launchSeconds": launches, "method": "launches"}
        if attention.can_be_captured and self.options.device == "cuda":
            try:
                graph = self.clock.capture(lambda: call(attention, copies, calls))
                graph.replay()
                result["graphSeconds"] = [self.clock.seconds(graph.replay) / calls for _ in range(rounds)]
                result["method"] = "graph"
            except Exception as error:  # then launches have to do
                traceback.print_exc(file=sys.stderr)
                result["method"] = f"launches, no graph: {type(error).__name__}"
        return result


def call(attention, copies, calls):
    """So many calls, copies in turn."""
    for index in range(calls):
        attention.call(index % copies)


def difference(output, tensors, is_paged):
    """By how much an output is off, as a share of the norm of the right one."""
    shape = (tensors.sequences, tensors.new, tensors.heads, tensors.value_head_size)
    actual = output.reshape(shape)[:, tensors.compared_rows()].float()
    expected = tensors.expected(is_paged)
    return float((actual - expected).norm() / expected.norm())


def is_alive():
    """Whether the GPU still does what this process asks for."""
    try:
        torch.cuda.synchronize()
        return bool(torch.ones(1, device="cuda").item())
    except Exception:  # an error of the driver stays with the process
        return False


class GraphicsClock:
    """The GPU's time between two events."""

    def seconds(self, body):
        """Seconds that the GPU takes for what `body` enqueues."""
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        body()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3

    def capture(self, body):
        """What `body` enqueues as a graph."""
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            body()
        return graph


class ProcessorClock:
    """The processor's time, for a trial without a GPU."""

    def seconds(self, body):
        """Seconds that `body` takes."""
        begin = time.perf_counter()
        body()
        return max(time.perf_counter() - begin, 1e-9)
