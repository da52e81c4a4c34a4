"""The stages of a run. Each takes a machine and the seconds that it may take, and records what it finds."""

import concurrent.futures
import csv
import glob
import json
import os
import platform
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import processes

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / "peers" / "cuda"
PACKAGES = ["torch", "triton", "jax", "jaxlib", "flashinfer-python", "flash-attn-3", "vllm", "numpy"]
GPU_FIELDS = [
    "index", "name", "driver_version", "memory.total", "compute_mode", "mig.mode.current", "persistence_mode",
    "clocks.max.sm", "clocks.max.memory", "power.limit", "ecc.mode.current",
]
STATE_FIELDS = [
    "clocks.sm", "clocks.mem", "temperature.gpu", "power.draw", "utilization.gpu", "memory.used",
    "clocks_throttle_reasons.active",
]
# One kernel's check may take so long, and one workload's time, in seconds: more is a hang.
CHECK_LIMIT, STALL_LIMIT = 90, 45
SANITIZERS = ["memcheck", "racecheck", "synccheck"]
# Lines about what goes wrong that a stage prints.
SAID = 8
# How a process ends that has told what failed, and could not go on after it.
RENEWED = 3
# The lines before the first workload's.
BEGINNINGS = ("copy", "ready")
# The types with which the sanitizer sees every form of kernel first.
SANITIZED_FIRST = ["float16.float16.", "bfloat16.float8e4m3fn.", "float16.int4."]


class Machine:
    """What is run, where, and the file that results are added to."""

    def __init__(self, options):
        self.options = options
        self.folder = options.results
        self.lines = options.results / "results.jsonl"
        self.logs = options.results / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.list = None
        # Kernels that the check has found to have none here.
        self.without_code = set()
        self._lock = threading.Lock()
        self._said = {}
        self.environment = environment(options)

    def record(self, stage, kind, result):
        """Adds a line to the results."""
        line = json.dumps({"stage": stage, "kind": kind, "result": result})
        with self._lock, open(self.lines, "a") as file:
            file.write(line + "\n")

    def fail(self, stage, what, why):
        """Records and says that something went wrong."""
        self.record(stage, "failure", {"what": what, "why": why})
        self.say(stage, f"failed: {what}: {why}")

    def say(self, stage, text):
        """Prints the first lines of a stage: the report has all, and a screen has an end."""
        with self._lock:
            count = self._said[stage] = self._said.get(stage, 0) + 1
        if count <= SAID:
            print(text[:200], flush=True)

    def take(self, stage, file, seen):
        """Adds the lines of a file to the results, from a line on; all lines of the file."""
        lines = read_lines(file)
        for line in lines[seen:]:
            if "result" in line:
                self.record(stage, line["kind"], line["result"])
        return lines

    def bench(self, *words, small=False):
        """The command that checks and times our kernels."""
        few = ["--small", "--rounds", "3"] if small or self.options.small else []
        return [self.options.paged, "bench", "cuda", *words, *few]


def read_lines(file):
    """The whole lines of a file that may still be written to."""
    if not Path(file).exists():
        return []
    lines = []
    for line in Path(file).read_text(errors="replace").splitlines():
        try:
            value = json.loads(line)
        except ValueError:  # the last one of a process that was killed, or not for us
            continue
        if isinstance(value, dict):
            lines.append(value)
    return lines


# Prints where a Python has its packages.
FOLDERS = "import site; print(*site.getsitepackages(), site.getusersitepackages(), sep='\\n')"


def package_folders(options):
    """Where Python packages are: those that were taken along, and those of the peers' Python."""
    taken = [os.path.abspath(os.environ["PEERS"])] if "PEERS" in os.environ else []
    return taken + say([options.python, "-c", FOLDERS]).splitlines()


def environment(options):
    """Where libraries and caches are, for all that is started: NVRTC may be in Python's packages or in a toolkit."""
    values = dict(os.environ)
    places = [f"{folder}/nvidia/*/lib" for folder in package_folders(options)]
    places += ["/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib"]
    found = [Path(file).parent for place in places for file in sorted(glob.glob(f"{place}/libnvrtc.so.*"), reverse=True)]
    paths = list(dict.fromkeys(str(path) for path in found))
    if values.get("LD_LIBRARY_PATH"):
        paths.append(values["LD_LIBRARY_PATH"])
    values["LD_LIBRARY_PATH"] = ":".join(paths)
    values["CUDA_VISIBLE_DEVICES"] = values.get("CUDA_VISIBLE_DEVICES", options.device)
    values["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    caches = options.results / "caches"
    if "HOME" not in values:
        values["HOME"] = str(caches)
    # What it would compile takes minutes; kernels that were built before are found.
    values.setdefault("FLASHINFER_DISABLE_JIT", "1")
    if "PEERS" in values:
        old = values.get("PYTHONPATH")
        values["PYTHONPATH"] = os.path.abspath(values["PEERS"]) + (f":{old}" if old else "")
    return values


def say(command, seconds=10, environment=None):
    """What a command prints; nothing if there is none or it fails."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, env=environment
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def smi(fields, device):
    """Fields of the GPU by name, as nvidia-smi says; those that it does not know are left out."""
    wanted = list(fields)
    while wanted:
        query = ["nvidia-smi", f"--query-gpu={','.join(wanted)}", "--format=csv,noheader", "-i", device]
        try:
            done = subprocess.run(query, capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return {}
        if done.returncode == 0:
            rows = list(csv.reader(done.stdout.splitlines(), skipinitialspace=True))
            return dict(zip(wanted, rows[0])) if rows else {}
        unknown = re.search(r'Field "([^"]+)" is not a valid field', done.stdout + done.stderr)
        if not unknown or unknown.group(1) not in wanted:
            return {}
        wanted.remove(unknown.group(1))
    return {}


# Prints the versions of packages, those that a Python has.
VERSIONS = """
import importlib.metadata, json, platform, sys
found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
print(json.dumps({"python": platform.python_version(), **{n: found[n] for n in sys.argv[1:] if n in found}}))
"""


def versions(machine):
    """The versions of what the peers need, as their Python says."""
    command = [machine.options.python, "-c", VERSIONS, *PACKAGES]
    said = say(command, environment=machine.environment)
    return json.loads(said) if said else {}


def sanitizer_path(options):
    """compute-sanitizer, where toolkits and packages put it."""
    places = ["/usr/local/cuda/bin", *sorted(glob.glob("/usr/local/cuda-*/bin"), reverse=True)]
    places += ["/opt/cuda/bin", "/opt/cuda/extras/compute-sanitizer"]
    for folder in package_folders(options):
        places += glob.glob(f"{folder}/nvidia/*/bin") + glob.glob(f"{folder}/nvidia/*/compute-sanitizer")
    return shutil.which("compute-sanitizer", path=os.pathsep.join([os.environ.get("PATH", ""), *places]))


def info(machine, seconds):
    """The machine, and the list of what there is to check and to time."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    machine.record("info", "host", {
        "system": f"{platform.system()} {platform.release()}",
        "processor": f"{os.cpu_count()} x {cpu.group(1) if cpu else platform.machine()}",
        "packages": versions(machine),
        "compute-sanitizer": sanitizer_path(machine.options),
        "gpu": smi(GPU_FIELDS, machine.options.device),
        "LD_LIBRARY_PATH": machine.environment["LD_LIBRARY_PATH"],
    })
    log = machine.logs / "list.log"
    outcome = processes.run(machine.bench("--list"), seconds, log, machine.environment)
    # A driver may say something too.
    lists = [line for line in read_lines(log) if "workloads" in line]
    if not lists:
        machine.fail("info", "the list of kernels", outcome.failure or outcome.words)
        return
    machine.list = lists[0]
    (machine.logs / "list.json").write_text(json.dumps(machine.list))
    machine.record("info", "list", machine.list)
    found = machine.list["machine"]
    kernels = len(machine.list["kernels"])
    print(f"{found['device']}, {found['architecture']}, {found['compiler'].split(';')[0]}: {kernels} kernels", flush=True)


def needed_list(machine):
    """The list; nothing can be done without it."""
    if machine.list is None:
        raise RuntimeError("needs the list of kernels, and there is none")
    return machine.list


def chosen_kernels(machine):
    """The kernels of the list whose names have what was asked for."""
    kernels = needed_list(machine)["kernels"]
    return [kernel for kernel in kernels if machine.options.kernels in kernel["name"]]


def check(machine, seconds):
    """Every kernel against the reference."""
    for row in checked(machine, "check", seconds):
        if row.get("noCode"):
            machine.without_code.add(row["kernel"])


def ptx(machine, seconds):
    """A few cases of every kernel that has PTX in the package, with that: the driver compiles it."""
    checked(machine, "ptx", seconds, "--ptx", small=True)


def checked(machine, stage, seconds, *more, small=False):
    """What becomes of every kernel against the reference, each in a process of its own."""
    end = time.monotonic() + seconds
    kernels = [kernel["name"] for kernel in chosen_kernels(machine)]

    def one(name):
        left = min(end - time.monotonic(), CHECK_LIMIT)
        if left < 3:
            return machine.record(stage, "left out", {"what": name})
        file, log = machine.logs / f"{stage}-{name}.jsonl", machine.logs / f"{stage}-{name}.log"
        words = ["--no-times", "--kernels", name, "--seed", machine.options.seed, *more]
        # Earlier than the process is killed, so that it can say what it has left out.
        words += ["--check-seconds", int(max(left * 0.8 - 2, 1)), "--results", file]
        outcome = processes.run(machine.bench(*words, small=small), left, log, machine.environment)
        rows = [line["result"] for line in machine.take(stage, file, 0) if line.get("kind") == "check"]
        if not rows:
            return machine.fail(stage, name, outcome.failure or outcome.words)
        if rows[0]["problems"]:
            machine.say(stage, f"wrong: {name}: {rows[0]['problems'][0]}")
        return rows[0]

    count = machine.options.processes or processes_at_once()
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return [row for row in pool.map(one, kernels) if row]


def processes_at_once():
    """One for each core but two, and one only where the GPU takes no more."""
    if smi(["compute_mode"], "0").get("compute_mode", "Default") != "Default":
        return 1
    return max(1, min((os.cpu_count() or 1) - 2, 14))


def sanitizer(machine, seconds):
    """Some cases of every form of kernel under compute-sanitizer, then of the other kernels."""
    end = time.monotonic() + seconds
    program = os.environ.get("COMPUTE_SANITIZER") or sanitizer_path(machine.options)
    if not program:
        return machine.record("sanitizer", "missing", {"what": "compute-sanitizer", "why": "not found"})
    kernels = [name for name in sanitized_order(chosen_kernels(machine)) if name not in machine.without_code]
    tasks = [(tool, name) for name in kernels for tool in SANITIZERS]

    def one(task):
        tool, name = task
        left = end - time.monotonic()
        if left < 5:
            return machine.record("sanitizer", "left out", {"what": f"{tool} of {name}"})
        log = machine.logs / f"{tool}-{name}.log"
        bench = machine.bench("--no-times", "--kernels", name, "--seed", machine.options.seed, small=True)
        command = [program, "--tool", tool, "--error-exitcode", "97", *bench]
        outcome = processes.run(command, left, log, machine.environment)
        found = findings(log.read_text(errors="replace"))
        if found is None and outcome.status is None and end - time.monotonic() < 5:
            return machine.record("sanitizer", "left out", {"what": f"{tool} of {name}"})
        if found is None or (found == 0 and outcome.status != 0):
            return machine.fail("sanitizer", f"{tool} of {name}", outcome.failure or outcome.words)
        machine.record("sanitizer", "sanitized", {"tool": tool, "kernel": name, "findings": found})
        if found:
            machine.say("sanitizer", f"{tool} of {name}: {found} findings, see {log.name}")

    count = min(machine.options.processes or processes_at_once(), 6)
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        list(pool.map(one, tasks))


def sanitized_order(kernels):
    """Names so that each form of kernel comes early, with plain values and with codes of 8 and 4 bits."""
    def rank(kernel):
        types = [kernel["name"].startswith(first) for first in SANITIZED_FIRST]
        return types.index(True) if any(types) else len(types)

    seen, order = {}, []
    for kernel in sorted(kernels, key=rank):
        turn = seen[kernel["form"]] = seen.get(kernel["form"], 0) + 1
        order.append((turn, kernel["name"]))
    return [name for _, name in sorted(order, key=lambda pair: pair[0])]


def findings(text):
    """What compute-sanitizer has found, as its last lines say; None without them."""
    memory = re.search(r"ERROR SUMMARY: (\d+) error", text)
    races = re.search(r"RACECHECK SUMMARY: (\d+) hazard", text)
    found = races or memory
    return int(found.group(1)) if found else None


def times(machine, seconds):
    """Our kernels' times."""
    workloads = [workload["identifier"] for workload in needed_list(machine)["workloads"]]
    machine.record("times", "gpu", smi(STATE_FIELDS, machine.options.device))
    measure(machine, "times", "paged", machine.bench("--no-check"), workloads, seconds)
    machine.record("times", "gpu", smi(STATE_FIELDS, machine.options.device))


def measure(machine, stage, who, command, workloads, seconds):
    """Workloads with a command that adds a line for each, in their order.

    A process that crashes or hangs does so at the first workload that it has no line for; a new one goes on with
    the next. One that ends with RENEWED asks for that itself; one that does not even begin is not tried a third time.
    """
    end = time.monotonic() + seconds
    file, log = machine.logs / f"{stage}-{who}.jsonl", machine.logs / f"{stage}-{who}.log"
    rest, taken, false_starts = list(workloads), 0, 0
    while rest and end - time.monotonic() > 3 and false_starts < 2:
        words = [*command, "--results", file, "--workloads", *rest]
        left = end - time.monotonic()
        outcome = processes.run(words, left, log, machine.environment, file, min(STALL_LIMIT, left))
        lines = machine.take(stage, file, taken)
        new, taken = lines[taken:], len(lines)
        if any(line["kind"] == "missing" for line in new if "kind" in line):
            return
        done = {line["result"]["identifier"] for line in new if line.get("kind") == "time"}
        rest = [workload for workload in rest if workload not in done]
        if outcome.status == 0 or not rest:
            rest = []
        elif outcome.status == RENEWED and done:
            continue
        elif outcome.status is None and end - time.monotonic() < 3:
            break
        elif any(line.get("kind") in BEGINNINGS for line in new):
            machine.fail(stage, f"{who}: {rest.pop(0)}", outcome.failure)
        else:
            machine.fail(stage, who, outcome.failure)
            false_starts += 1
    for workload in rest:
        machine.record(stage, "left out", {"what": f"{who}: {workload}"})


def peers(machine, seconds):
    """Other libraries' times, each in a process of its own."""
    end = time.monotonic() + seconds
    listed = needed_list(machine)["workloads"]
    workloads = [w["identifier"] for w in listed if w["selection"] == "automatic"]
    names = say([machine.options.python, PEERS, "--list"]).split()
    if machine.options.peers:
        names = [name for name in names if name in machine.options.peers.split(",")]
    if not names:
        raise RuntimeError(f"{machine.options.python} cannot run {PEERS}")
    file = machine.logs / "list.json"
    for index, name in enumerate(names):
        left = (end - time.monotonic()) / (len(names) - index)
        # Who has much to compile may use what the others have left.
        left = min(end - time.monotonic(), left * 1.5)
        command = [machine.options.python, PEERS, name, "--list-file", file]
        command += ["--device", machine.options.peer_device, "--seed", machine.options.seed]
        measure(machine, "peers", name, command, workloads if name != "ceilings" else [name], left)
    machine.record("peers", "gpu", smi(STATE_FIELDS, machine.options.device))
