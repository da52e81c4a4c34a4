#!/usr/bin/env python3
"""Attention of other libraries as peers of `paged bench kernels`.

    python Benchmarks/peers/attention PEER --threads N

Started once, in an environment that has the library (`Benchmarks/peers/run` makes them). The first line it
writes introduces it; then it answers every line of JSON on standard input, a workload with a type of cache and
a number of calls, with `{"seconds": s}`, the median of the calls after one that does not count, or with
`{"unsupported": "why"}`. Before the first call of a job is timed its result is compared with a plain
computation in float32, and the threads that it works on are counted.
"""

import argparse
import importlib
import json
import os
import sys
from typing import TextIO

PEERS = {
    "onnxruntime": ("onnxruntime_gqa", "GroupQueryAttentionPeer"),
    "openvino": ("openvino_paged", "OpenVinoPeer"),
    "openvino-bfloat16": ("openvino_paged", "OpenVinoBfloat16Peer"),
    "torch": ("torch_sdpa", "TorchPeer"),
    "zentorch": ("torch_sdpa", "ZentorchPeer"),
    "vllm": ("vllm_cpu", "VllmPeer"),
}

def open_answers() -> TextIO:
    """Standard output for answers alone: whatever else is printed goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def main() -> None:
    """Answers jobs until standard input ends."""
    parser = argparse.ArgumentParser(description="A peer of `paged bench kernels`.")
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(arguments.threads)
    answers = open_answers()
    # Only now: libraries read those variables when they are loaded.
    from runner import Runner

    module, name = PEERS[arguments.peer]
    peer = getattr(importlib.import_module(module), name)(arguments.threads)
    introduction = {"name": peer.name, "version": peer.version, "threads": arguments.threads}
    print(json.dumps(introduction), file=answers)
    runner = Runner(peer, arguments.threads)
    for line in sys.stdin:
        print(json.dumps(runner.answer(json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
