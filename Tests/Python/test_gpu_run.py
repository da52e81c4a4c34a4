"""`Scripts/gpu.sh run` on the emulated driver, as on a machine that has nothing of Swift: check, times and report."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def unpacked(tmp_path, driver):
    """What `gpu.sh pack` packs, with the tool as the tests have it, and the driver in a folder of its own."""
    folder = tmp_path / "gpu"
    shutil.copytree(ROOT / "Benchmarks" / "cuda", folder / "cuda")
    shutil.copytree(ROOT / "Benchmarks" / "peers" / "cuda", folder / "peers" / "cuda")
    shutil.copy(ROOT / "Scripts" / "gpu.sh", folder)
    paged = os.environ.get("PAGED_BINARY", ROOT / ".build" / "release" / "paged")
    (folder / "paged").symlink_to(pathlib.Path(paged).resolve())
    (tmp_path / "driver").mkdir()
    shutil.copy(driver.path, tmp_path / "driver" / "libcuda.so.1")
    return folder


def test_a_run_checks_times_and_reports(unpacked):
    # The tool of the tests is linked with Swift's libraries, but finds them by itself.
    path = f"{pathlib.Path(sys.executable).parent}:/usr/bin:/bin"
    environment = {"PATH": path, "LD_LIBRARY_PATH": str(unpacked.parent / "driver")}
    command = ["./gpu.sh", "run", "--small", "--seconds", "300", "--processes", "2", "--results", "results"]
    command += ["--seed", "11", "--peers", "ceilings", "--kernels", "bfloat16.bfloat16"]
    done = subprocess.run(
        command, cwd=unpacked, env=environment, capture_output=True, text=True, timeout=320
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((unpacked / "results" / "cuda-Emulated-GPU.json").read_text())
    check = found["check"]
    # Decodes of 8 and 16 rows, both prompts, portable, math and sparse; there is no PTX of the others, and no NVRTC.
    assert check["good"] == 7 and check["kernels"] == 7 + len(check["withoutCode"])
    assert found["ptx"]["good"] == 7
    assert any(kernel.endswith("-latent") for kernel in check["withoutCode"])
    without = sum(row["withoutCode"] for row in check["rows"] if not row.get("noCode"))
    assert check["seed"] == 11 and check["cases"] == 4 * check["good"] - without
    timed = {row["workload"]: row for row in found["ours"]}
    decode = timed["decode-2x40.bfloat16.bfloat16.16.automatic"]
    assert decode["kernel"] == "bfloat16.bfloat16.sm_80-decode" and decode["method"] == "graph"
    assert 0 < decode["difference"] < 0.02
    assert timed["decode-2x40.bfloat16.bfloat16.16.portable"]["kernel"].endswith("-portable")
    # PyTorch is not in the tests' environment.
    assert "ceilings" in [entry["what"] for entry in found["missing"]]
    assert "| prompt 48 | bf16 | 16 |" in (unpacked / "results" / "cuda-Emulated-GPU.md").read_text()
    assert len(done.stdout) < 12_000
