"""Makes a report for people and one for programs of the lines in results.jsonl, whatever there is of them."""

import json
import re
import statistics
from pathlib import Path

# What times are held against, for workloads of bfloat16 activations on an H200: workload, cache, what, limit.
AIMS = [
    ("decode 8x32k", "bfloat16", "TB/s", 4.1),
    ("decode 8x4k", "bfloat16", "µs", 37),
    ("decode 1x32k", "bfloat16", "µs", 37),
    ("decode 1x1k", "bfloat16", "µs", 8),
    ("decode 1x4k", "bfloat16", "µs", 8),
    ("decode 8x32k", "int8", "µs", 145),
    ("decode 8x32k", "float8e4m3fn", "µs", 145),
    ("prompt 8k", "bfloat16", "TFLOP/s", 600),
    ("prompt 16k", "bfloat16", "TFLOP/s", 600),
    ("prompt 32k", "bfloat16", "TFLOP/s", 600),
]
# Prompts in these blocks may be copied otherwise than in those of 16 that all aims are for.
LARGE_BLOCK = 128
# The next aim for prompts, and how much longer blocks of 16 may take than blocks of 128.
NEXT_PROMPT_AIM, BLOCK_RATIO = 700, 1.05
# The most that a time's output may differ from the portable kernels', as a share of its norm.
DIFFERENCE = {"bfloat16": 2e-2, "float16": 4e-3}
# What `paged` says where no kernel on trial is chosen.
NOT_CHOSEN = "not chosen"
SHORT = {"bfloat16": "bf16", "float16": "fp16", "float8e4m3fn": "fp8", "float4e2m1": "fp4"}


def read(folder):
    """The records of a run."""
    records = []
    for line in (folder / "results.jsonl").read_text().splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:  # the last line of a run that was killed
            pass
    return records


def of(records, stage, kind):
    """The results of a kind in a stage."""
    return [r["result"] for r in records if r["stage"] == stage and r["kind"] == kind]


def middle(values):
    """The median and the half of the distance between the quartiles as a share of it."""
    values = sorted(values)
    median = statistics.median(values)
    quarter = len(values) // 4
    return median, (values[-1 - quarter] - values[quarter]) / 2 / median if median else 0.0


def timed(result):
    """The values of a time: of graphs where there are any."""
    return result.get("graphSeconds") or result.get("launchSeconds") or []


def speeds(workload, seconds):
    """Microseconds, TB/s and TFLOP/s."""
    return {
        "µs": seconds * 1e6,
        "TB/s": workload["bytes"] / seconds / 1e12,
        "TFLOP/s": workload["operations"] / seconds / 1e12,
    }


def is_prompt(workload):
    """Whether arithmetic limits it, not memory."""
    return workload["new"] > 16


def ceilings(records):
    """What the machine can do, as far as it was measured: copies in bytes, products in operations a second."""
    found = {}
    copies = [value for values in of(records, "times", "copy") for value in values]
    if copies:
        found["copy"] = statistics.median(copies)
    for result in of(records, "peers", "ceiling"):
        found[result["name"]] = statistics.median(result["perSecond"])
    return found


def measured(records, stage, workloads):
    """Results of a stage that have times, each with its workload, the middle one and the spread."""
    for result in of(records, stage, "time"):
        workload = workloads.get(result.get("identifier"))
        if workload is not None and timed(result):
            yield (result, workload, *middle(timed(result)))


def peer_rows(records, workloads):
    """What peers took, those whose results were right."""
    rows = []
    for result, workload, seconds, spread in measured(records, "peers", workloads):
        rows.append({
            "peer": result["peer"], "workload": workload["identifier"], "seconds": seconds, "spread": spread,
            "method": result["method"], "error": result["error"], "isPaged": result["isPaged"],
            **speeds(workload, seconds),
        })
    return rows


def best_peer(workload, peers, workloads):
    """The fastest peer for the same numbers, in blocks of the same size or in none."""
    def is_same(row):
        other = workloads[row["workload"]]
        same = all(other[key] == workload[key] for key in ("name", "activation", "cache"))
        return same and (not row["isPaged"] or other["blockSize"] == workload["blockSize"])

    rows = [row for row in peers if is_same(row)]
    return min(rows, key=lambda row: row["seconds"]) if rows else None


def our_rows(records, workloads, peers, limits):
    """Our times, each beside the ceiling and the best peer."""
    rows = []
    for result, workload, seconds, spread in measured(records, "times", workloads):
        row = {
            "workload": workload["identifier"], "kernel": result["kernel"], "seconds": seconds, "spread": spread,
            "launched": statistics.median(result["launchSeconds"]), "rounds": len(timed(result)),
            "method": "graph" if result.get("graphSeconds") else "launches",
            "difference": result.get("difference"), **speeds(workload, seconds),
        }
        if is_prompt(workload) and "matmul" in limits:
            row["ofCeiling"] = workload["operations"] / seconds / limits["matmul"]
        elif not is_prompt(workload) and "copy" in limits:
            row["ofCeiling"] = workload["bytes"] / seconds / limits["copy"]
        peer = best_peer(workload, peers, workloads)
        if peer:
            row["bestPeer"] = peer["peer"]
            row["bestPeerSeconds"] = peer["seconds"]
            row["ratio"] = peer["seconds"] / seconds
        rows.append(row)
    return rows


def is_wrong(row, workloads):
    """Whether a time's output is not what the portable kernels give."""
    difference = row["difference"]
    if difference is None:
        return False
    limit = DIFFERENCE[workloads[row["workload"]]["activation"]]
    return not isinstance(difference, (int, float)) or not difference <= limit


def aims(rows, workloads):
    """What was aimed at, what was reached, and whether that is enough."""
    def fastest(name, cache, size):
        found = [
            row for row in rows
            if (w := workloads[row["workload"]])["name"] == name and w["cache"] == cache
            and w["blockSize"] == size and w["activation"] == "bfloat16" and w["selection"] != "portable"
        ]
        return min(found, key=lambda row: row["seconds"]) if found else None

    found = []
    aimed = [(*aim, 16) for aim in AIMS]
    aimed += [(*aim, LARGE_BLOCK) for aim in AIMS if aim[2] == "TFLOP/s"]
    for name, cache, what, limit, size in aimed:
        row = fastest(name, cache, size)
        if row:
            met = row[what] <= limit if what == "µs" else row[what] >= limit
            sign = "<=" if what == "µs" else ">="
            then = f", then {NEXT_PROMPT_AIM}" if what == "TFLOP/s" else ""
            blocks = f" in blocks of {size}" if size == LARGE_BLOCK else ""
            found.append({
                "aim": f"{name} {SHORT.get(cache, cache)}{blocks} {sign} {limit} {what}{then}",
                "reached": row[what], "unit": what, "met": met, "kernel": row["kernel"],
            })
    names = sorted({w["name"] for w in workloads.values() if w["name"].startswith("decode")})
    for name in names:
        small, large = fastest(name, "bfloat16", 16), fastest(name, "bfloat16", LARGE_BLOCK)
        if small and large:
            ratio = small["seconds"] / large["seconds"]
            found.append({
                "aim": f"{name} bf16 in blocks of 16 <= {BLOCK_RATIO} of blocks of {LARGE_BLOCK}",
                "reached": ratio, "unit": "x", "met": ratio <= BLOCK_RATIO, "kernel": small["kernel"],
            })
    return found


def checks(records, stage):
    """The kernels that were checked in a stage."""
    rows = of(records, stage, "check")
    return {
        "seed": next((result["seed"] for result in of(records, "run", "run")), None),
        "kernels": len(rows),
        "good": sum(not row["problems"] and row["agreed"] > 0 and not row["leftOut"] for row in rows),
        "cases": sum(row["agreed"] for row in rows),
        "casesLeftOut": sum(row["leftOut"] for row in rows),
        "withoutCode": [row["kernel"] for row in rows if row.get("noCode")],
        "wrong": {row["kernel"]: row["problems"] for row in rows if row["problems"]},
        "rows": rows,
    }


def failures(records, checked, ours, workloads):
    """Everything that went wrong: stage, what, why."""
    found = [{"stage": r["stage"], **r["result"]} for r in records if r["kind"] == "failure"]
    for stage, check in checked.items():
        for kernel, problems in check["wrong"].items():
            why = f"{len(problems)} problems, the first: {problems[0]}"
            found.append({"stage": stage, "what": kernel, "why": why})
    for row in of(records, "sanitizer", "sanitized"):
        if row["findings"]:
            what = f"{row['tool']} of {row['kernel']}"
            found.append({"stage": "sanitizer", "what": what, "why": f"{row['findings']} findings"})
    for row in ours:
        if is_wrong(row, workloads):
            why = f"{row['kernel']} differs from the portable kernel by {row['difference']} of the norm"
            found.append({"stage": "times", "what": row["workload"], "why": why})
    for record in records:
        result = record["result"]
        if record["kind"] == "time" and "failure" in result and result["failure"] != NOT_CHOSEN:
            what = f"{result.get('peer', 'paged')}: {result['identifier']}"
            found.append({"stage": record["stage"], "what": what, "why": result["failure"]})
    return found


def listed_as(records, kind):
    """What is missing or left out, with its stage."""
    return [{"stage": r["stage"], **r["result"]} for r in records if r["kind"] == kind]


def merge(records):
    """Everything that a report says."""
    empty = {"machine": {}, "kernels": [], "workloads": []}
    listed = next(iter(of(records, "info", "list")), empty)
    workloads = {workload["identifier"]: workload for workload in listed["workloads"]}
    limits, peers = ceilings(records), peer_rows(records, workloads)
    checked = {stage: checks(records, stage) for stage in ("check", "ptx")}
    ours = our_rows(records, workloads, peers, limits)
    sanitized = of(records, "sanitizer", "sanitized")
    return {
        "run": next(iter(of(records, "run", "run")), {}),
        "machine": listed["machine"],
        "host": next(iter(of(records, "info", "host")), {}),
        "gpuStates": [r["result"] for r in records if r["kind"] == "gpu"],
        "stageSeconds": {r["stage"]: r["result"]["seconds"] for r in records if r["kind"] == "stage"},
        **checked,
        "sanitizer": {
            tool: {
                "kernels": sum(row["tool"] == tool for row in sanitized),
                "findings": sum(row["findings"] for row in sanitized if row["tool"] == tool),
            }
            for tool in dict.fromkeys(row["tool"] for row in sanitized)
        },
        "ceilings": limits,
        "ours": ours,
        "peers": peers,
        "peerVersions": of(records, "peers", "ready"),
        "aims": aims(ours, workloads),
        "failures": failures(records, checked, ours, workloads),
        "missing": listed_as(records, "missing"),
        "leftOut": listed_as(records, "left out"),
        "workloads": listed["workloads"],
    }


def table(header, rows):
    """A table in Markdown."""
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def workload_cells(workload):
    """Its words."""
    kinds = [SHORT.get(workload[key], workload[key]) for key in ("activation", "cache")]
    return [workload["name"], kinds[1] if kinds[0] == kinds[1] else "/".join(kinds), str(workload["blockSize"])]


def our_cells(row, workload):
    """A line of our table."""
    speed = f"{row['TFLOP/s']:.0f} TFLOP/s" if is_prompt(workload) else f"{row['TB/s']:.2f} TB/s"
    peer = f"{row['bestPeer']} {row['bestPeerSeconds'] * 1e6:.1f}" if "bestPeer" in row else "-"
    return [
        *workload_cells(workload), row["kernel"] + (" (trial)" if workload["selection"] == "trials" else ""),
        f"{row['µs']:.1f}", f"{100 * row['spread']:.1f} %", f"{row['launched'] * 1e6:.1f}", speed,
        f"{100 * row['ofCeiling']:.0f} %" if "ofCeiling" in row else "-", peer,
        f"{row['ratio']:.2f}" if "ratio" in row else "-",
    ]


def aim_lines(merged):
    """The aims as a table."""
    form = {"µs": "{:.1f} µs", "TB/s": "{:.2f} TB/s", "TFLOP/s": "{:.0f} TFLOP/s", "x": "{:.2f} x"}
    rows = [
        [aim["aim"], form[aim["unit"]].format(aim["reached"]), "yes" if aim["met"] else "no", aim["kernel"]]
        for aim in merged["aims"]
    ]
    return table(["aim (H200)", "reached", "met", "kernel"], rows)


def summary(merged):
    """The outcome of each stage in a line."""
    check, sanitizer = merged["check"], merged["sanitizer"]
    lines = [
        f"check: {check['good']} of {check['kernels']} kernels agree with the reference in all {check['cases']} cases"
        f" (seed {check['seed']}), {len(check['wrong'])} are wrong, {len(check['withoutCode'])} have no code here,"
        f" {check['casesLeftOut']} cases left out",
    ]
    ptx = merged["ptx"]
    if ptx["kernels"]:
        lines.append(
            f"PTX of the package: {ptx['good']} of the {ptx['kernels'] - len(ptx['withoutCode'])} kernels that have some"
            f" agree in all {ptx['cases']} cases, {len(ptx['wrong'])} are wrong"
        )
    for tool, found in sanitizer.items():
        lines.append(f"{tool}: {found['kernels']} kernels, {found['findings']} findings")
    limits = [f"{name} {value / 1e12:.2f} T{'B' if name.startswith('copy') else 'FLOP'}/s" for name, value in merged["ceilings"].items()]
    lines.append(f"ceilings: {', '.join(limits) or 'not measured'}")
    lines.append(f"times: {len(merged['ours'])} of ours, {len(merged['peers'])} of peers")
    lines.append(f"aims met: {sum(aim['met'] for aim in merged['aims'])} of {len(merged['aims'])}")
    missing = [f"{entry['what']} ({entry['why']})" if "why" in entry else entry["what"] for entry in merged["missing"]]
    lines.append(f"missing: {', '.join(missing) or 'nothing'}")
    left = {stage: sum(e["stage"] == stage for e in merged["leftOut"]) for stage in {e["stage"] for e in merged["leftOut"]}}
    lines.append(f"left out for want of time: {', '.join(f'{n} in {s}' for s, n in sorted(left.items())) or 'nothing'}")
    lines.append(f"failures: {len(ours_of(merged['failures']))} of ours, {len(peers_of(merged['failures']))} of peers")
    return lines


def peers_of(entries):
    """What is about peers."""
    return [entry for entry in entries if entry["stage"] == "peers"]


def ours_of(entries):
    """What is not."""
    return [entry for entry in entries if entry["stage"] != "peers"]


METHOD = """Caches are taken in turn from as many copies as fill 512 MB, two at the least, so that they come from memory. A
round is whole turns of them, 2 ms at the least, between two events of the GPU: as one captured graph of all calls
(`µs`), and as separate launches (`launched`). Given are the median of the rounds and half the distance between their
quartiles. A call of ours writes the new keys and values as well; peers only attend. Ratios are the best peer's time over
ours: above 1 we take less. TB/s are bytes of the cache, TFLOP/s operations of the two products under the causal mask; the
ceilings are what a copy on the device moves, read and written, and what a product of bfloat16 matrices of 8192 does. The
best peer is the fastest one in blocks of the same size, or in none. Every peer's result was compared with float32 first,
ours with our portable kernel's at the measured size, after all kernels had passed the conformance cases."""


def markdown(merged):
    """The report for people."""
    machine, run, host = merged["machine"], merged["run"], merged["host"]
    gpu, driver = host.get("gpu", {}), machine.get("driver", 0)
    workloads = {workload["identifier"]: workload for workload in merged["workloads"]}
    lines = [f"# CUDA kernels on {machine.get('device', 'a machine without a GPU')}", ""]
    lines += [
        f"- {run.get('date')}, `{run.get('command')}`, seed {run.get('seed')}",
        f"- {machine.get('architecture')}, {machine.get('multiprocessors')} multiprocessors, driver "
        f"{gpu.get('driver_version', '?')} for CUDA {driver // 1000}.{driver % 1000 // 10}, "
        + machine.get("compiler", "").split(";")[0],
        f"- {host.get('processor')}, {host.get('system')}, "
        + ", ".join(f"{name} {version}" for name, version in host.get("packages", {}).items()),
        f"- GPU: {json.dumps(gpu)}",
        *(f"- while it ran: {json.dumps(state)}" for state in merged["gpuStates"] if state),
        "- seconds: " + ", ".join(f"{stage} {s}" for stage, s in merged["stageSeconds"].items()),
        "", "## Outcome", "", *(f"- {line}" for line in summary(merged)), "",
    ]
    if merged["aims"]:
        lines += [*aim_lines(merged), ""]
    if merged["ours"]:
        header = ["workload", "types", "blocks", "kernel", "µs", "±", "launched", "speed", "of ceiling", "best peer µs", "x"]
        rows = [our_cells(row, workloads[row["workload"]]) for row in merged["ours"]]
        lines += ["## Times", "", METHOD, "", *table(header, rows), ""]
    if merged["peers"]:
        rows = [
            [row["peer"], *workload_cells(workloads[row["workload"]]), f"{row['µs']:.1f}", f"{100 * row['spread']:.1f} %",
             f"{row['TB/s']:.2f}", f"{row['TFLOP/s']:.0f}", row["method"], f"{row['error']:.1e}"]
            for row in merged["peers"]
        ]
        header = ["peer", "workload", "types", "blocks", "µs", "±", "TB/s", "TFLOP/s", "timed as", "off by"]
        lines += ["## Peers", "", *table(header, rows), ""]
    if merged["failures"]:
        lines += ["## Failures", ""]
        lines += [f"- {f['stage']}, {f['what']}: {f['why'][:300]}" for f in merged["failures"]]
    left = merged["check"]["withoutCode"]
    if left:
        lines += ["", f"Without code here: {', '.join(left)}"]
    return "\n".join(lines) + "\n"


def write(folder):
    """Writes both reports and prints the short one; the number of failures that are not peers'."""
    folder = Path(folder)
    merged = merge(read(folder))
    # As they may lie beside those of other GPUs.
    name = "cuda-" + re.sub(r"[^A-Za-z0-9]+", "-", merged["machine"].get("device", "none"))
    (folder / f"{name}.json").write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n")
    (folder / f"{name}.md").write_text(markdown(merged))
    print("\n== report ==")
    print("\n".join(line[:400] for line in summary(merged)))
    if merged["aims"]:
        print("\n".join(aim_lines(merged)))
    for entries in (ours_of(merged["failures"]), peers_of(merged["failures"])):
        for entry in entries[:12]:
            print(f"failed: {entry['stage']}: {entry['what']}: {entry['why'][:160]}")
        if len(entries) > 12:
            print(f"... and {len(entries) - 12} more in the report")
    print(f"{folder}/{name}.md, {name}.json")
    return len(ours_of(merged["failures"]))
