#!/usr/bin/env python3
"""Checks and times the CUDA kernels on this machine's GPU, and other libraries' attention beside them.

    ./gpu.sh run                                everything, within 540 seconds
    ./gpu.sh run --only check,times             some stages; info and report always
    PEERS=folder ./gpu.sh run --seconds 900     also with the Python packages in a folder
    ./gpu.sh report FOLDER                      the report of a run that was killed

The stages are info, check, ptx, sanitizer, times, peers and report. Each has a share of the seconds that are left; what a
stage does not need the next ones get. What fails, crashes or hangs is one line of the report, and the rest goes on.
Results are added to results.jsonl in the folder as they come; cuda-GPU.md and cuda-GPU.json are made of it. Ends with
status 1 if anything failed.
"""

import argparse
import os
import random
import shlex
import sys
import time
from pathlib import Path

import report
import stages

# Shares of the time, in the order in which stages run.
SHARES = {"info": 5, "check": 24, "ptx": 6, "sanitizer": 12, "times": 26, "peers": 27}
# Kept for the report, in seconds.
RESERVE = 10


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(
        prog="gpu.sh run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=540, help="all that it may take (540)")
    parser.add_argument("--only", help="stages, with commas between them")
    parser.add_argument("--results", type=Path, help="where results go (results-TIME)")
    parser.add_argument("--seed", type=int, help="of the numbers; a new one unless given")
    parser.add_argument("--paged", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--device", default="0", help="which GPU, as nvidia-smi counts (0)")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--kernels", default="", help="check only those with this in their name")
    parser.add_argument("--processes", type=int, help="kernels that are checked at once")
    parser.add_argument("--peers", help="only these peers, with commas between them")
    parser.add_argument("--peer-device", default="cuda", help="cpu tries the peers without a GPU")
    parser.add_argument("--small", action="store_true", help="few cases, tiny workloads: for emulators")
    options = parser.parse_args(arguments)
    chosen = options.only.split(",") if options.only else list(SHARES)
    unknown = sorted(set(chosen) - set(SHARES))
    if unknown:
        parser.error(f"no stage {unknown[0]}; there are {', '.join(SHARES)}")
    options.stages = [name for name in SHARES if name in chosen or name == "info"]
    options.seed = options.seed or random.randrange(1, 1_000_000)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    options.results = (options.results or Path(f"results-{stamp}")).resolve()
    return options


def limit(stage, names, left):
    """Seconds that a stage may take of those that are left to it and the ones after it."""
    later = names[names.index(stage) :]
    return max(left, 0) * SHARES[stage] / sum(SHARES[name] for name in later)


def run(options, command):
    """All stages; the number of things that failed."""
    begin = time.monotonic()
    options.results.mkdir(parents=True, exist_ok=True)
    machine = stages.Machine(options)
    machine.record("run", "run", {
        "command": command, "seed": options.seed, "seconds": options.seconds,
        "stages": options.stages, "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    })
    for name in options.stages:
        started = time.monotonic()
        seconds = limit(name, options.stages, begin + options.seconds - RESERVE - started)
        print(f"== {name} (at most {seconds:.0f} s) ==", flush=True)
        try:
            getattr(stages, name)(machine, seconds)
        except Exception as error:  # whatever it is, the other stages can do without this one
            machine.fail(name, name, f"{type(error).__name__}: {error}")
        machine.record(name, "stage", {"seconds": round(time.monotonic() - started, 1)})
    return report.write(options.results)


def main():
    """Does what the first lines say."""
    if sys.argv[1:2] == ["report"]:
        sys.exit(report.write(Path(sys.argv[2]).resolve()) > 0)
    options = parse(sys.argv[1:])
    # The first two are from gpu.sh.
    words = ["./gpu.sh", "run", *sys.argv[3:]]
    if "PEERS" in os.environ:
        words.insert(0, f"PEERS={os.environ['PEERS']}")
    sys.exit(run(options, shlex.join(words)) > 0)


if __name__ == "__main__":
    main()
