#!/usr/bin/env python3
"""Draws what `Benchmarks/peers/run` measured: plot.py RESULTS.json [--png]

Writes an SVG beside the file, one for each choice of heads if there are several; with --png a PNG too. A panel
is a type of cache on a number of threads, a point one contender's speed in a workload, as a share of what
memory or arithmetic of the machine allowed in the same rounds.
"""

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any, Iterator

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402, after the choice of what to draw with
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator  # noqa: E402

# As `paged bench kernels`: rounds in which work waited for a processor for longer do not count.
CLEAN_SHARE = 0.02
OURS = "paged"
# Okabe and Ito's colours, which the colour-blind tell apart, each with a shape of its own.
STYLES = {
    OURS: ("#0072B2", "D"),
    "vLLM CPU": ("#D55E00", "o"),
    "OpenVINO": ("#009E73", "s"),
    "OpenVINO bf16": ("#56B4E9", "P"),
    "ZenDNN SDPA": ("#CC79A7", "^"),
    "PyTorch SDPA": ("#E69F00", "v"),
    "ONNX Runtime GQA": ("#555555", "X"),
}
OTHER_STYLE = ("#000000", "*")
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
INK = "#222222"


def clean_rounds(row: dict[str, Any]) -> list[int]:
    """The rounds in which hardly any work waited."""
    return [i for i, share in enumerate(row["waitingShares"]) if (share or 0) < CLEAN_SHARE]


def rounds(row: dict[str, Any]) -> list[int]:
    """The rounds to judge by: the clean ones, or all if none is."""
    return clean_rounds(row) or list(range(len(row["waitingShares"])))


def measured(row: dict[str, Any]) -> dict[str, list[float]]:
    """Seconds of each contender that has some, in the rounds to judge by."""
    kept = rounds(row)
    contenders = [c for c in row["contenders"] if c["seconds"]]
    return {c["name"]: [c["seconds"][i] for i in kept] for c in contenders}


def shares_of_limit(row: dict[str, Any]) -> dict[str, float]:
    """The speed of each contender, where 1 is what the machine allows; medians over the rounds."""
    kept = rounds(row)
    limits = [max(row["memorySeconds"][i], row["arithmeticSeconds"][i]) for i in kept]
    return {
        name: median(limit / time for limit, time in zip(limits, seconds))
        for name, seconds in measured(row).items()
    }


def best_peer_ratio(row: dict[str, Any]) -> float | None:
    """The time of the fastest peer over ours in the same round, median over the rounds."""
    times = measured(row)
    ours = times.pop(OURS)
    return min((median(t / o for t, o in zip(peer, ours)) for peer in times.values()), default=None)


def draw_panel(axes: Axes, rows: list[dict[str, Any]], names: list[str]) -> None:
    """The workloads of one type of cache, contenders beside one another in each."""
    step = 0.8 / max(len(names) - 1, 1)
    for x, row in enumerate(rows):
        if x % 2:
            axes.axvspan(x - 0.5, x + 0.5, color="#f3f3f3", zorder=0, linewidth=0)
        shares = shares_of_limit(row)
        axes.plot([x - 0.46, x + 0.46], [shares[OURS]] * 2, color=STYLES[OURS][0], linewidth=1.4)
        for name, share in shares.items():
            color, marker = STYLES.get(name, OTHER_STYLE)
            place = x - 0.4 + step * names.index(name)
            size = 6.5 if name == OURS else 5
            axes.plot(place, share, marker, color=color, markersize=size, markeredgewidth=0, zorder=3)
        ratio = best_peer_ratio(row)
        if ratio is not None:
            weight = "bold" if ratio >= 1 else "normal"
            text = f"{ratio:.1f}x" if ratio < 10 else f"{ratio:.0f}x"
            text += "" if clean_rounds(row) else "?"
            # Between the limit's line and the top of the panel.
            axes.text(x, 2.2, text, ha="center", va="center", weight=weight, fontsize=8.5, color=INK)
    axes.axhline(1, color=INK, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.set_xticks(range(len(rows)), [row["workload"]["name"] for row in rows])
    axes.tick_params(length=0, labelsize=9)


def scale_axes(axes: Axes, lowest: float) -> None:
    """The same logarithmic scale for every panel."""
    axes.set_yscale("log")
    axes.set_ylim(lowest * 0.75, 3.2)
    axes.yaxis.set_major_locator(FixedLocator([t for t in TICKS if lowest * 0.75 <= t <= 1]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:g} %"))
    axes.grid(axis="y", color="#d8d8d8", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw(reports: list[dict[str, Any]]) -> plt.Figure:
    """One figure: columns are reports, which differ in their threads, rows types of cache."""
    all_rows = [row for report in reports for row in report["rows"]]
    caches = list(dict.fromkeys(row["cache"] for row in all_rows))
    found = list(dict.fromkeys(name for row in all_rows for name in measured(row)))
    names = [name for name in STYLES if name in found]
    names += [name for name in found if name not in names]
    lowest = min(min(shares_of_limit(row).values()) for row in all_rows)
    size = (max(0.6 + 5.4 * len(reports), 11), 1.35 + 1.75 * len(caches))
    figure, grid = plt.subplots(
        len(caches), len(reports), figsize=size, squeeze=False, sharey=True, layout="constrained"
    )
    for column, report in enumerate(reports):
        for axes, cache in zip(grid[:, column], caches):
            rows = [row for row in report["rows"] if row["cache"] == cache]
            axes.set_visible(bool(rows))
            if not rows:
                continue
            draw_panel(axes, rows, names)
            scale_axes(axes, lowest)
            plural = "thread" if report["threads"] == 1 else "threads"
            title = f"{cache} cache, {report['threads']} {plural}"
            axes.set_title(title, loc="left", fontsize=10, color=INK, weight="bold")
    describe(figure, reports[0], names)
    return figure


def describe(figure: plt.Figure, report: dict[str, Any], names: list[str]) -> None:
    """The title, and the legend below everything."""
    heads = report["heads"]
    figure.suptitle(
        f"Attention on {report['machine']}, {report['instructionSet']}: "
        f"{heads['query']} query heads, {heads['keyValue']} key/value heads of {heads['size']}\n"
        "Speed as a share of the machine's limit (dashed), higher is better; "
        "above it the best peer's time over ours, bold where ours is faster, ? without a clean round",
        x=0.01,
        ha="left",
        fontsize=10,
        color=INK,
    )
    handles = []
    for name in names:
        color, marker = STYLES.get(name, OTHER_STYLE)
        label = "this package" if name == OURS else name
        size = 8 if name == OURS else 6.5
        handles.append(
            Line2D([], [], color=color, marker=marker, linestyle="", markersize=size, label=label)
        )
    figure.legend(
        handles=handles, loc="outside lower left", ncols=len(handles), frameon=False, fontsize=9,
        handletextpad=0.1, columnspacing=1.2,
    )


def figures(reports: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Reports with the same heads, and what tells their file's name from the others'."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for report in reports:
        heads = report["heads"]
        name = f"{heads['query']}-{heads['keyValue']}-{heads['size']}"
        groups.setdefault(name, []).append(report)
    for name, group in groups.items():
        yield f"-{name}" if len(groups) > 1 else "", group


def main() -> None:
    """Draws one file of results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--png", action="store_true", help="write a PNG too")
    options = parser.parse_args()
    # Text as outlines looks the same everywhere; the salt makes equal drawings equal files.
    matplotlib.rcParams |= {"svg.fonttype": "path", "svg.hashsalt": "paged"}
    for suffix, reports in figures(json.loads(options.results.read_text())):
        figure = draw(reports)
        file = options.results.with_name(f"{options.results.stem}{suffix}.svg")
        figure.savefig(file, facecolor="white", metadata={"Date": None})
        if options.png:
            figure.savefig(file.with_suffix(".png"), facecolor="white", dpi=110)
        print(f"wrote {file}")


if __name__ == "__main__":
    main()
