"""Benchmarks/cuda: what is reported, and that what fails, crashes or hangs is one line of it."""

import json
import os
import pathlib
import stat
import subprocess
import sys
import textwrap
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "Benchmarks" / "cuda"
sys.path.insert(0, str(PROGRAMS))

import processes  # noqa: E402
import report  # noqa: E402
import run  # noqa: E402
import stages  # noqa: E402

# `paged bench cuda` in small: kernels and workloads are named after what they do.
PAGED = """
    import json, os, sys, time
    words = sys.argv[1:]

    def option(name):
        return words[words.index(name) + 1] if name in words else None

    def add(kind, result):
        with open(option("--results"), "a") as file:
            file.write(json.dumps({"kind": kind, "result": result}) + "\\n")

    def workload(name):
        return {
            "identifier": name, "name": "decode 8x4k", "selection": "automatic", "activation": "bfloat16",
            "cache": "bfloat16", "blockSize": 16, "new": 1, "past": 4095, "bytes": 134217728.0, "operations": 1e9,
        }

    def act(name):
        if "crashes" in name: os.abort()
        if "hangs" in name: time.sleep(60)

    if "--list" in words:
        names = KERNELS
        print("a warning of the driver", file=sys.stderr)
        print(json.dumps({
            "machine": {"device": "a fake", "architecture": "sm_90", "compiler": "none", "driver": 13000},
            "kernels": [{"name": name, "form": name.split("-")[-1], "isOnTrial": False} for name in names],
            "workloads": [workload(name) for name in WORKLOADS],
        }))
    elif "--no-times" in words:
        name = option("--kernels")
        act(name)
        problems = ["error 1 above 0.1"] if "wrong" in name else []
        row = {"kernel": name, "agreed": 4, "notServed": 1, "leftOut": 0, "problems": problems}
        if "codeless" in name:
            row.update({"agreed": 0, "noCode": "no NVRTC"})
        add("check", row)
    else:
        add("copy", [4e12, 4e12])
        for name in words[words.index("--workloads") + 1:]:
            act(name)
            if "renews" in name:
                add("time", {"identifier": name, "failure": "an illegal address"})
                sys.exit(3)
            difference = 0.5 if "differs" in name else 1e-3
            add("time", {
                "identifier": name, "kernel": "fake-decode", "graphSeconds": [4e-5, 3.6e-5, 3.5e-5],
                "launchSeconds": [5e-5, 5e-5, 5e-5], "difference": difference,
            })
"""


def program(path, text, **names):
    """An executable Python program."""
    lines = [f"#!{sys.executable}", *(f"{name} = {value!r}" for name, value in names.items())]
    path.write_text("\n".join(lines) + "\n" + textwrap.dedent(text))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def read_report(results):
    return json.loads(next(results.glob("cuda-*.json")).read_text())


def start(folder, kernels=("a-decode",), workloads=("w",), arguments=(), environment=None):
    """Runs everything with a fake of `paged`; the report, and the process."""
    paged = program(folder / "paged", PAGED, KERNELS=list(kernels), WORKLOADS=list(workloads))
    results = folder / "results"
    command = [sys.executable, PROGRAMS / "run.py", "--paged", paged, "--results", results, *arguments]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **(environment or {})}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    return read_report(results), done


def failed(found, stage):
    return {entry["what"]: entry["why"] for entry in found["failures"] if entry["stage"] == stage}


def test_everything_that_works_is_reported_and_nothing_fails(tmp_path):
    found, done = start(tmp_path, arguments=["--only", "check,times", "--seed", 7])
    assert done.returncode == 0, done.stdout + done.stderr
    assert found["check"]["good"] == 1 and found["check"]["seed"] == 7
    row = found["ours"][0]
    assert row["µs"] == pytest.approx(36) and row["method"] == "graph"
    assert row["launched"] == pytest.approx(50e-6)
    assert row["TB/s"] == pytest.approx(134217728 / 36e-6 / 1e12)
    assert row["ofCeiling"] == pytest.approx(134217728 / 36e-6 / 4e12)
    assert [(aim["aim"], aim["met"]) for aim in found["aims"]] == [("decode 8x4k bf16 <= 37 µs", True)]
    text = (tmp_path / "results" / "cuda-a-fake.md").read_text()
    assert "seed 7" in text and "| decode 8x4k | bf16 | 16 | fake-decode | 36.0 |" in text
    assert "--only check,times --seed 7" in found["run"]["command"] and "--paged" not in found["run"]["command"]
    assert len(done.stdout) < 4000


def test_a_wrong_a_crashing_and_a_hanging_kernel_hide_no_other(tmp_path):
    kernels = ["good-decode", "wrong-decode", "crashes-decode", "hangs-decode", "good-prompt"]
    arguments = ["--only", "check", "--seconds", 22, "--processes", 3]
    found, done = start(tmp_path, kernels, arguments=arguments)
    assert done.returncode == 1
    assert found["check"]["kernels"] == 3 and found["check"]["good"] == 2
    whys = failed(found, "check")
    assert set(whys) == {"wrong-decode", "crashes-decode", "hangs-decode"}
    assert whys["crashes-decode"].startswith("crashed with SIGABRT")
    assert whys["hangs-decode"].startswith("killed, not done after")
    assert "1 problems, the first: error 1 above 0.1" == whys["wrong-decode"]
    assert "failures: 3 of ours" in done.stdout


def test_times_go_on_behind_a_workload_that_crashes_or_hangs(tmp_path, monkeypatch):
    monkeypatch.setattr(stages, "STALL_LIMIT", 1)
    workloads = ["one", "crashes", "two", "hangs", "renews", "three", "differs"]
    paged = program(tmp_path / "paged", PAGED, KERNELS=[], WORKLOADS=workloads)
    options = run.parse(["--paged", str(paged), "--results", str(tmp_path / "results"), "--only", "times"])
    assert run.run(options, "a test") == 4
    found = read_report(tmp_path / "results")
    assert [row["workload"] for row in found["ours"]] == ["one", "two", "three", "differs"]
    whys = failed(found, "times")
    assert set(whys) == {"paged: crashes", "paged: hangs", "paged: renews", "differs"}
    assert whys["paged: renews"] == "an illegal address"
    assert "nothing new for 1 s" in whys["paged: hangs"]
    assert whys["differs"] == "fake-decode differs from the portable kernel by 0.5 of the norm"


def test_what_there_is_no_time_for_is_named(tmp_path):
    arguments = ["--only", "times", "--seconds", 20]
    found, done = start(tmp_path, workloads=["one", "hangs", "two"], arguments=arguments)
    assert [row["workload"] for row in found["ours"]] == ["one"]
    assert [entry["what"] for entry in found["leftOut"]] == ["paged: hangs", "paged: two"]
    assert "left out for want of time: 2 in times" in done.stdout


def test_without_a_gpu_each_stage_says_what_it_needs(tmp_path):
    paged = program(tmp_path / "paged", "import sys\nsys.exit('no NVIDIA driver: libcuda.so.1')\n")
    results = tmp_path / "results"
    command = [sys.executable, PROGRAMS / "run.py", "--paged", paged, "--results", results]
    environment = {**os.environ, "COMPUTE_SANITIZER": "/bin/true"}
    done = subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, timeout=60
    )
    found = read_report(results)
    assert done.returncode == 1
    stage_names = [entry["stage"] for entry in found["failures"]]
    assert stage_names == ["info", "check", "ptx", "sanitizer", "times", "peers"]
    assert "no NVIDIA driver" in found["failures"][0]["why"]


SANITIZER = """
    import sys
    tool, name = sys.argv[2], sys.argv[sys.argv.index("--kernels") + 1]
    if "breaks" in name: sys.exit("cannot attach")
    bad = 2 if name == "bad-decode" and tool == "memcheck" else 0
    if tool == "racecheck":
        print("========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)")
    else:
        print(f"========= ERROR SUMMARY: {bad} errors")
    sys.exit(97 if bad else 0)
"""


def test_what_the_sanitizer_finds_is_counted_and_that_it_breaks_is_a_failure(tmp_path):
    fake = program(tmp_path / "compute-sanitizer", SANITIZER)
    found, done = start(
        tmp_path, ["good-decode", "bad-decode", "breaks-decode", "codeless-decode"],
        arguments=["--only", "check,sanitizer"],
        environment={"COMPUTE_SANITIZER": str(fake)},
    )
    assert found["sanitizer"]["memcheck"] == {"kernels": 2, "findings": 2}
    assert found["sanitizer"]["racecheck"] == {"kernels": 2, "findings": 0}
    # What has no code cannot be run.
    assert found["check"]["withoutCode"] == ["codeless-decode"]
    whys = failed(found, "sanitizer")
    assert found["sanitizer"]["synccheck"] == {"kernels": 2, "findings": 0}
    tools = {"memcheck", "racecheck", "synccheck"}
    assert set(whys) == {"memcheck of bad-decode", *(f"{tool} of breaks-decode" for tool in tools)}
    assert whys["memcheck of bad-decode"] == "2 findings"
    assert "cannot attach" in whys["racecheck of breaks-decode"]
    assert done.returncode == 1


def test_every_form_of_kernel_is_sanitized_before_any_is_a_second_time():
    kernels = [
        {"name": f"{types}.sm_80-{form}", "form": form}
        for form in ("decode", "prompt") for types in ("bfloat16.int4", "float16.float16", "float16.int4")
    ]
    order = stages.sanitized_order(kernels)
    assert order[:2] == ["float16.float16.sm_80-decode", "float16.float16.sm_80-prompt"]
    assert order[2:4] == ["float16.int4.sm_80-decode", "float16.int4.sm_80-prompt"]
    assert len(order) == 6


def test_time_that_a_stage_does_not_need_goes_to_the_next_ones():
    names = list(run.SHARES)
    assert run.limit("peers", names, 100) == 100
    assert run.limit("info", names, 100) == pytest.approx(5)
    assert run.limit("times", names, 53) == pytest.approx(26)
    assert run.limit("check", ["info", "check"], 100) == 100
    assert run.limit("check", names, -5) == 0


def test_a_process_and_what_it_has_started_is_killed(tmp_path):
    log = tmp_path / "log"
    begin = time.monotonic()
    outcome = processes.run(["sh", "-c", "sleep 50 & echo $!; wait"], 0.5, log)
    assert outcome.status is None and "not done after" in outcome.failure
    assert time.monotonic() - begin < 10
    child = pathlib.Path(f"/proc/{int(log.read_text())}/stat")

    def lives():
        try:
            return child.read_text().split()[2] != "Z"
        except OSError:
            return False

    while lives():
        assert time.monotonic() - begin < 20
        time.sleep(0.05)


def test_a_command_that_is_not_there_is_a_failure(tmp_path):
    outcome = processes.run([tmp_path / "nothing"], 1, tmp_path / "log")
    assert "No such file" in outcome.failure


def records(**changes):
    """Lines of a run with one workload in blocks of 16 and of 128, and three peers."""
    base = {
        "name": "prompt 8k", "selection": "automatic", "activation": "bfloat16", "cache": "bfloat16", "new": 8192,
        "past": 0, "bytes": 3.3e7, "operations": 6e11,
    }
    workloads = [{**base, "identifier": f"p{size}", "blockSize": size} for size in (16, 128)]
    lines = [("info", "list", {"machine": {}, "kernels": [], "workloads": workloads})]
    lines.append(("peers", "ceiling", {"name": "matmul", "perSecond": [8e14, 8e14, 8e14]}))
    for size, seconds in ((16, 1e-3), (128, 0.9e-3)):
        row = {"identifier": f"p{size}", "kernel": "k", "graphSeconds": [seconds] * 5, "launchSeconds": [seconds]}
        lines.append(("times", "time", row))
    for peer, size, is_paged, seconds in (
        ("dense", 16, False, 2e-3), ("paged", 16, True, 3e-3), ("paged", 128, True, 1.8e-3),
    ):
        row = {
            "identifier": f"p{size}", "peer": peer, "isPaged": is_paged, "graphSeconds": [seconds], "method": "graph",
            "launchSeconds": [seconds], "error": 1e-3,
        }
        lines.append(("peers", "time", row))
    lines.append(("peers", "time", {"identifier": "p16", "peer": "wrong", "isPaged": True, "failure": "off by 1"}))
    lines.append(("peers", "time", {"identifier": "p16", "peer": "other", "isPaged": True, "unsupported": "no"}))
    lines.append(("peers", "missing", {"what": "fa3", "why": "no module"}))
    return [{"stage": stage, "kind": kind, "result": result} for stage, kind, result in lines]


def test_the_best_peer_is_the_fastest_right_one_in_such_blocks_or_in_none():
    found = report.merge(records())
    rows = {row["workload"]: row for row in found["ours"]}
    assert (rows["p16"]["bestPeer"], rows["p16"]["ratio"]) == ("dense", pytest.approx(2))
    assert (rows["p128"]["bestPeer"], rows["p128"]["ratio"]) == ("paged", pytest.approx(2))
    assert rows["p16"]["ofCeiling"] == pytest.approx(6e14 / 8e14)
    assert [(aim["aim"], aim["met"]) for aim in found["aims"]] == [
        ("prompt 8k bf16 >= 600 TFLOP/s, then 700", True),
        ("prompt 8k bf16 in blocks of 128 >= 600 TFLOP/s, then 700", True),
    ]
    assert found["failures"] == [{"stage": "peers", "what": "wrong: p16", "why": "off by 1"}]
    text = report.markdown(found)
    assert "missing: fa3 (no module)" in text and "failures: 0 of ours, 1 of peers" in text


def test_a_report_is_made_of_whatever_a_killed_run_has_left(tmp_path):
    lines = [json.dumps(record) for record in records()]
    for count in range(len(lines) + 1):
        (tmp_path / "results.jsonl").write_text("\n".join(lines[:count]) + '\n{"stage": "ti')
        assert report.write(tmp_path) == 0
        assert (tmp_path / "cuda-none.md").read_text().startswith("# CUDA kernels")


def test_the_kernels_that_are_wrong_only_at_size_are_failures():
    lines = records()
    for record in lines:
        if record["kind"] == "time" and record["stage"] == "times":
            record["result"]["difference"] = "nan" if record["result"]["identifier"] == "p16" else 1e-3
    whats = [entry["what"] for entry in report.merge(lines)["failures"] if entry["stage"] == "times"]
    assert whats == ["p16"]
