#!/usr/bin/env python3
"""Cases of the fuzzer: a text file in git, a folder of files for libFuzzer.

    Scripts/fuzz-corpus.py unpack FOLDER    writes Tests/Fixtures/Fuzz/cases.txt into FOLDER
    Scripts/fuzz-corpus.py pack FOLDER      writes the small cases of FOLDER into the text file
    Scripts/fuzz-corpus.py keep FILE WHY    adds a case that found something

A line is a case in base64, then why it is kept if it found something; `pack` leaves those lines.
"""

import base64
import hashlib
import pathlib
import sys

CASES = pathlib.Path(__file__).parent.parent / "Tests/Fixtures/Fuzz/cases.txt"
LIMIT = 120_000


def lines() -> list[str]:
    return CASES.read_text().splitlines() if CASES.exists() else []


def unpack(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for line in lines():
        data = base64.b64decode(line.split(" ", 1)[0])
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def pack(folder: pathlib.Path) -> None:
    kept = [line for line in lines() if " " in line]
    found = {file.read_bytes() for file in folder.iterdir() if file.is_file()}
    # In an order that depends on nothing but the cases, so that a cut keeps a mixture of sizes.
    size = 0
    for data in sorted(found, key=lambda data: hashlib.sha1(data).digest()):
        line = base64.b64encode(data).decode()
        size += len(line) + 1
        if size > LIMIT:
            break
        kept.append(line)
    CASES.parent.mkdir(parents=True, exist_ok=True)
    CASES.write_text("\n".join(kept) + "\n")


def keep(file: pathlib.Path, why: str) -> None:
    line = f"{base64.b64encode(file.read_bytes()).decode()} {why}"
    CASES.write_text("\n".join([line] + lines()) + "\n")


def main() -> int:
    match sys.argv[1:]:
        case ["unpack", folder]:
            unpack(pathlib.Path(folder))
        case ["pack", folder]:
            pack(pathlib.Path(folder))
        case ["keep", file, why]:
            keep(pathlib.Path(file), why)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
