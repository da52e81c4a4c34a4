#!/usr/bin/env python3
"""Fails when arm64 kernels are not NEON code: prints the functions that are.

    check-arm64.py FOLDER-OF-LLVM-TOOLS OBJECT

Where the work is there have to be multiply-adds of four lanes, or multiplications of integers, nowhere may there be any of single floats, and nothing
may be called but the C library's memory functions.
"""

import re
import subprocess
import sys

# What the work of a call spends its time in, as these names are in symbols.
FAMILIES = ("attendInPlace", "attendBlock", "InPlaceSumV3add")
# free and posix_memalign belong to Embedded Swift's runtime, which no kernel calls; the square root of a positive number
# is an instruction.
ALLOWED = {"memcpy", "memmove", "memset", "free", "posix_memalign", "sqrtf"}
# Functions that others are merged into have the rest as stubs of a few instructions.
STUB = 40


def functions(listing):
    """The instructions of each function."""
    found = {}
    for line in listing.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            current = found.setdefault(start[1], [])
        elif instruction := re.match(r" *[0-9a-f]+: *\t(.*)", line):
            current.append(instruction[1])
    return found


def main():
    tools, target = sys.argv[1:]

    def tool(name, *arguments):
        return subprocess.check_output([f"{tools}/{name}", *arguments, target], text=True)

    wrong = []
    for line in tool("llvm-nm", "--undefined-only").splitlines():
        if (symbol := line.split()[-1]) not in ALLOWED:
            wrong.append(f"the kernels call {symbol}")
    neon = dict.fromkeys(FAMILIES, 0)
    for symbol, instructions in functions(tool("llvm-objdump", "-d", "--no-show-raw-insn")).items():
        text = "\n".join(instructions)
        if single := re.search(r"^fn?m(add|sub)\ts.*", text, re.MULTILINE):
            wrong.append(f"{symbol} has {single[0]}")
        family = next((name for name in FAMILIES if name in symbol), None)
        if family is None or "XEfU" in symbol or len(instructions) < STUB:  # XEfU: a closure
            continue
        if re.search(r"^(fmla|smull|smlal)\tv\d+\.4s", text, re.MULTILINE):
            neon[family] += 1
        else:
            wrong.append(f"{symbol} multiplies no four lanes")
    wrong += [f"no function named {family} works on four lanes" for family, count in neon.items() if count == 0]
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(sum(neon.values()))


main()
