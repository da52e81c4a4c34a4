#!/usr/bin/env python3
"""Attention of other libraries on a GPU, for Benchmarks/cuda/run.py.

    python Benchmarks/peers/cuda --list
    python Benchmarks/peers/cuda PEER --list-file list.json --results lines.jsonl --workloads IDENTIFIER ...

`list.json` is what `paged bench cuda --list` prints. A line of JSON is added to the results for every workload: the
seconds of each round, or why there are none. A result is compared with a plain computation in float32 before it is
timed. A library that is not there is one line, `missing`. With `--device cpu` everything runs without a GPU, timed by
the processor's clock.
"""

import argparse
import importlib
import json
import sys
import traceback
from pathlib import Path

# The ceilings, then the peers: module, class, and what it is told.
PEERS = {
    "ceilings": ("ceilings", "", {}),
    "torch-flash": ("torch_sdpa", "SdpaPeer", {"backend": "FLASH_ATTENTION"}),
    "torch-cudnn": ("torch_sdpa", "SdpaPeer", {"backend": "CUDNN_ATTENTION"}),
    "fa3": ("flash_attention_3", "FlashAttention3Peer", {}),
    "flashinfer-tensor-cores": ("flashinfer_paged", "DecodePeer", {"use_tensor_cores": True}),
    "flashinfer-xqa": ("flashinfer_paged", "XqaPeer", {}),
    "flashinfer-fa3": ("flashinfer_paged", "PromptPeer", {"backend": "fa3"}),
    "vllm-triton": ("vllm_triton", "VllmTritonPeer", {}),
    "flashinfer-fa2": ("flashinfer_paged", "PromptPeer", {"backend": "fa2"}),
    "flashinfer-cuda-cores": ("flashinfer_paged", "DecodePeer", {"use_tensor_cores": False}),
    "flashinfer-mla": ("flashinfer_paged", "LatentPeer", {}),
    "jax-pallas": ("jax_pallas", "PallasPeer", {}),
    "torch-flex": ("torch_flex", "FlexPeer", {}),
    "torch-efficient": ("torch_sdpa", "SdpaPeer", {"backend": "EFFICIENT_ATTENTION"}),
}


class Lines:
    """The file of results."""

    def __init__(self, path):
        self.path = path

    def add(self, kind, result):
        """Adds a line."""
        line = json.dumps({"kind": kind, "result": result})
        print(line[:300], flush=True)
        if self.path:
            with open(self.path, "a") as file:
                file.write(line + "\n")


def parse():
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peer", nargs="?", choices=PEERS)
    parser.add_argument("--list", action="store_true", help="print the names of the peers")
    parser.add_argument("--list-file", type=Path)
    parser.add_argument("--workloads", nargs="*", help="only these")
    parser.add_argument("--results")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=25)
    return parser.parse_args()


def main():
    """Measures a peer."""
    options = parse()
    if options.list or options.peer is None:
        print("\n".join(PEERS))
        return
    lines = Lines(options.results)
    module, name, arguments = PEERS[options.peer]
    try:
        import runner  # needs torch

        library = importlib.import_module(module)
        if options.peer == "ceilings":
            library.measure(lines, options.device)
            return
        peer = getattr(library, name)(options.device, **arguments)
    except Exception as error:  # an import may raise anything
        traceback.print_exc(file=sys.stderr)
        lines.add("missing", {"what": options.peer, "why": f"{type(error).__name__}: {error}"[:300]})
        return
    listed = json.loads(options.list_file.read_text())["workloads"]
    chosen = [w for w in listed if not options.workloads or w["identifier"] in options.workloads]
    lines.add("ready", {"peer": options.peer, "version": peer.version})
    runner.Runner(options.peer, peer, options, lines).measure(chosen)


if __name__ == "__main__":
    main()
