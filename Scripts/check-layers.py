#!/usr/bin/env python3
"""Compares the package's target dependencies with the module map below (ARCHITECTURE.md draws it).

Arrows only point down: a target may import what stands here and nothing else of ours.
"""

import json
import subprocess
import sys

ALLOWED = {
    "PagedAttention": set(),
    "CPagedVector": set(),
    "CPagedProcessor": set(),
    "PagedKernelsBaseline": {"CPagedVector", "PagedAttention"},
    "PagedKernelsV3": {"CPagedVector", "PagedAttention"},
    "PagedKernelsV4": {"CPagedVector", "PagedAttention"},
    "PagedKernelsV4BF16": {"CPagedVector", "PagedAttention"},
    "PagedKernels": {
        "PagedAttention",
        "CPagedProcessor",
        "PagedKernelsBaseline",
        "PagedKernelsV3",
        "PagedKernelsV4",
        "PagedKernelsV4BF16",
    },
    "CPagedCUDA": set(),
    "PagedCUDA": {"CPagedCUDA", "PagedAttention", "PagedKernels"},
    "CPagedCUDAEmulator": {"CPagedCUDA"},
    "PagedCases": {"PagedAttention", "PagedCUDA", "PagedKernels"},
    "PagedFuzz": {"PagedAttention", "PagedKernels"},
    "PagedCache": set(),
    "PagedBatching": {"PagedCache"},
    "PagedSampling": set(),
    "PagedText": set(),
    "COnnxRuntime": set(),
    "PagedOperator": {"COnnxRuntime", "PagedAttention", "PagedCUDA", "PagedKernels"},
    "PagedPlugin": {"COnnxRuntime", "PagedOperator"},
    "PagedRuntime": {"COnnxRuntime", "PagedAttention", "PagedOperator"},
    "PagedModel": {"PagedAttention", "PagedGraph", "PagedRuntime"},
    "PagedGraph": {"PagedAttention", "PagedKernels"},
    "PagedEngine": {"PagedBatching", "PagedGraph", "PagedSampling", "PagedRuntime", "PagedModel"},
    "CPagedAllocations": set(),
    "PagedAPI": set(),
    "PagedServer": {"PagedAPI", "PagedEngine", "PagedSampling", "PagedText"},
    "paged": {
        "CPagedAllocations",
        "PagedAttention",
        "PagedBatching",
        "PagedCUDA",
        "PagedCache",
        "PagedCases",
        "PagedKernels",
        "PagedGraph",
        "PagedEngine",
        "PagedModel",
        "PagedRuntime",
        "PagedSampling",
        "PagedServer",
        "PagedText",
    },
}


def main() -> int:
    package = json.loads(subprocess.check_output(["swift", "package", "dump-package"]))
    wrong = []
    for target in package["targets"]:
        name = target["name"]
        if target["type"] == "test":
            continue
        if name not in ALLOWED:
            wrong.append(f"{name} is not in the module map of Scripts/check-layers.py")
            continue
        ours = {dependency["byName"][0] for dependency in target["dependencies"] if "byName" in dependency}
        for extra in sorted(ours - ALLOWED[name]):
            wrong.append(f"{name} must not depend on {extra}")
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
