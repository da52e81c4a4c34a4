#!/usr/bin/env python3
"""Writes the table of Documentation/support.json into README.md; with --check, compares only.

The column "here" is checked against the operator itself by PagedKernelsTests.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- Scripts/feature-table.py -->", "<!-- end -->"


def table() -> str:
    support = json.loads((ROOT / "Documentation/support.json").read_text())
    columns = support["columns"]
    lines = ["| | " + " | ".join(column["title"] for column in columns) + " |"]
    lines.append("|---" * (1 + len(columns)) + "|")
    for row in support["rows"]:
        cells = [row.get(column["key"]) or column["value"] for column in columns]
        lines.append("| " + " | ".join([row["feature"], *cells]) + " |")
    return "\n".join(lines)


def main() -> int:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN + "\n")
    _, marker, after = rest.partition(END)
    if not marker:
        print(f"error: README.md has no {BEGIN} ... {END}", file=sys.stderr)
        return 1
    new = f"{before}{BEGIN}\n{table()}\n{END}{after}"
    if "--check" in sys.argv[1:]:
        if new != text:
            print("error: README.md differs from Documentation/support.json: run Scripts/feature-table.py", file=sys.stderr)
        return int(new != text)
    README.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
