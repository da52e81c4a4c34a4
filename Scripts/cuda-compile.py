#!/usr/bin/env python3
"""Compiles the CUDA kernels with NVIDIA's run-time compiler, which needs no GPU, no driver and no toolkit.

    Scripts/cuda-compile.py ptx          write Sources/CPagedCUDA/Generated (`make ptx`)
    Scripts/cuda-compile.py registers    compile for every architecture; fail where a kernel spills, products of
                                         warpgroups wait for each other, or it needs more registers or
                                         instructions than Generated/registers.txt says (--write: write that file)

Instructions are those of the shortest way around the loop over tiles, in kernels that copy in the background and multiply
with mma.sync: what a warp executes at least for 16 values or 32 codes of keys (decodes), or a tile of keys (prompts).

The compiler and the disassembler are pinned wheels from PyPI, fetched into build. Without network or on another processor
than x86-64 the last line says so and nothing fails.
"""

import ctypes
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources/CPagedCUDA"
GENERATED = TARGET / "Generated"
CODES = [("Int8", "int8"), ("Float8", "float8e4m3fn"), ("Int4", "int4"), ("Float4", "float4e2m1")]
ELEMENTS = [("Float16", "float16"), ("BFloat16", "bfloat16")]
TYPES = [(e, c) for e in ELEMENTS for c in [("Values", e[1])] + CODES]
# The oldest PTX that has the instructions: the driver, not the compiler, decides what it takes. CUDA 9.0 and 11.8.
PTX_VERSIONS = {"compute_60": "6.0", "compute_75": "7.8", "compute_80": "7.8", "compute_90a": "8.0"}


class Unavailable(Exception):
    """Why there is no compiler."""


def fetch(tool: str, pattern: str) -> pathlib.Path:
    """A file of the wheel that Scripts/TOOL.txt names, after fetching it if need be."""
    folder = ROOT / "build" / tool
    if not list(folder.glob(pattern)):
        if platform.machine() != "x86_64" or platform.system() != "Linux":
            raise Unavailable(f"{tool} is for Linux on x86-64, not {platform.system()} {platform.machine()}")
        folder.mkdir(parents=True, exist_ok=True)
        command = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "-r", str(ROOT / f"Scripts/{tool}.txt"), "-d", str(folder)]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
        if done.returncode != 0:
            if "DO NOT MATCH THE HASHES" in done.stderr:
                sys.exit(f"error: the wheel does not have the SHA-256 that Scripts/{tool}.txt names: not installed")
            raise Unavailable(f"pip could not download {tool}: {done.stderr.strip().splitlines()[-1:]}")
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            wheel.extractall(folder)
    return next(folder.glob(pattern))


def sources() -> list[tuple[str, bytes]]:
    """What paged_cuda_sources() hands out, in that order."""
    listed = re.findall(r"PAGED_SOURCE\((\w+), \"(.+?)/(.+?)\"\)", (TARGET / "paged_cuda_code.c").read_text())
    return [(name, (TARGET / folder / name).read_bytes()) for _, folder, name in listed]


def source_hash() -> str:
    """FNV-1a over names and texts: it finds changes, nothing more."""
    value = 0xCBF29CE484222325
    for name, text in sources():
        for byte in name.encode() + text:
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


class Compiler:
    """One loaded compiler."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL(str(fetch("nvrtc", "nvidia/cuda_nvrtc/lib/libnvrtc.so.*")))

    def compile(self, files: list[str], architecture: str, types=None, **macros: object) -> tuple[bytes, str]:
        """The PTX or machine code of .cu files for `compute_` or `sm_`, and the compiler's report."""
        library, program = self.library, ctypes.c_void_p()
        texts = dict(sources())
        names = list(texts)
        library.nvrtcCreateProgram(
            ctypes.byref(program), "".join(f'#include "{file}"\n' for file in files).encode(), b"module.cu", len(names),
            (ctypes.c_char_p * len(names))(*texts.values()),
            (ctypes.c_char_p * len(names))(*[name.encode() for name in names]),
        )
        options = [f"--gpu-architecture={architecture}", "-std=c++17", "-default-device"]
        if architecture.startswith("sm"):
            options.append("--ptxas-options=-v")
        if types:
            options.append("-DPAGED_ONLY=" + ",".join(types[0] + types[1]))
        options += [f"-DPAGED_{name.upper()}={value}" for name, value in macros.items()]
        encoded = [option.encode() for option in options]
        failed = library.nvrtcCompileProgram(program, len(encoded), (ctypes.c_char_p * len(encoded))(*encoded))
        log = self._text(program, "ProgramLog").rstrip(b"\0").decode()
        if failed:
            sys.exit(f"error: {files} for {architecture} with {options}:\n{log}")
        code = self._text(program, "PTX" if architecture.startswith("compute") else "CUBIN")
        library.nvrtcDestroyProgram(ctypes.byref(program))
        return code, log

    def _text(self, program: ctypes.c_void_p, what: str) -> bytes:
        size = ctypes.c_size_t()
        getattr(self.library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(self.library, f"nvrtcGet{what}")(program, buffer)
        return buffer.raw


def compact(ptx: bytes, version: str) -> str:
    """PTX of the version that is needed, without comments, empty lines, and constants that nothing reads."""
    lines = [line.strip() for line in ptx.rstrip(b"\0").decode().splitlines()]
    kept = [line for line in lines if line and not re.match(r"//|\.global|\.pragma \"used_bytes", line)]
    return re.sub(r"^\.version .*", f".version {version}", "\n".join(kept) + "\n", flags=re.M)


def write_ptx(compiler: Compiler) -> None:
    """One module for each pair of types; see Documentation/Decisions/0012-what-ptx-is-committed.md."""
    head = f"// Written by Scripts/cuda-compile.py from sources {source_hash()}.\n"
    GENERATED.mkdir(exist_ok=True)
    for old in GENERATED.glob("*.ptx"):
        old.unlink()
    size = 0
    for types in TYPES:
        modules = [("compute_60", ["prologue.cu", "portable.cu", "math.cu", "sparse.cu"], {"width": 16})]
        if types[1][0] == "Values":
            modules.append(("compute_80", ["decode.cu", "prompt.cu"], {"size": 128}))
            modules.append(("compute_90a", ["hopper_prompt.cu"], {"hopper_size": 128}))
        if types[1][1] == "float16":
            modules.append(("compute_75", ["decode.cu", "prompt.cu", "small_prompt.cu"], {"size": 128}))
        for architecture, files, macros in modules:
            text = head + compact(compiler.compile(files, architecture, types, **macros)[0], PTX_VERSIONS[architecture])
            (GENERATED / f"{architecture}_{types[0][1]}_{types[1][1]}.ptx").write_text(text)
            size += len(text)
    print(f"PTX modules: {size // 1024} KiB")


class Disassembler:
    """Machine code as text."""

    def __init__(self) -> None:
        self.program = fetch("nvdisasm", "nvidia/*/bin/nvdisasm")
        self.program.chmod(0o755)

    def instructions_of_turns(self, cubin: bytes) -> dict[str, int]:
        """For each function with such a loop, the instructions of the shortest way around the one over tiles."""
        with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
            file.write(cubin)
            file.flush()
            text = subprocess.run([self.program, "-c", file.name], capture_output=True, text=True, check=True).stdout
        functions = re.split(r"\n\s*\.section\s+\.text\.", text)[1:]
        turns = {function.partition(",")[0]: Function(function).shortest_turn() for function in functions}
        return {name: turn for name, turn in turns.items() if turn}


class Function:
    """The instructions of a function and the ways through them."""

    def __init__(self, text: str) -> None:
        self.instructions, self.labels = [], {}
        for label, instruction in re.findall(r"^\s*(?:(\.L_x_\d+):|/\*[0-9a-f]+\*/\s+(.*?);)", text, re.M):
            if label:
                self.labels[label] = len(self.instructions)
            else:
                self.instructions.append(instruction)

    def next(self, at: int) -> list[int]:
        """Where a warp may be after an instruction. That threads diverge is not seen as a way."""
        text = self.instructions[at]
        operation = re.sub(r"^@!?U?P\w+ ", "", text)
        after = [at + 1] if at + 1 < len(self.instructions) else []
        if operation.startswith(("EXIT", "RET")):
            return after if text != operation else []
        target = re.search(r"\.L_x_\d+", operation) if re.match(r"BRA(?!\.DIV|\.CONV)", operation) else None
        if not target:
            return after
        is_conditional = text != operation or re.search(r"\bU?P\d", operation)
        return [self.labels[target[0]]] + (after if is_conditional else [])

    def shortest_turn(self) -> int | None:
        """From where copies are waited for over a copy and a product back to there."""
        waits, *goals = (
            {at for at, text in enumerate(self.instructions) if operation in text}
            for operation in ("DEPBAR.LE SB0", "LDGSTS", "HMMA")
        )
        return min(filter(None, (self.way_back(wait, goals) for wait in waits)), default=None)

    def way_back(self, start: int, goals: list[set[int]]) -> int | None:
        """The length of the shortest way from an instruction to itself over one of each of the goals, in their order."""
        seen, found = {(start, 0)}, [(0, start, 0)]
        for length, at, passed in found:
            for to in self.next(at):
                if to == start and passed == len(goals):
                    return length + 1
                now = passed + (passed < len(goals) and to in goals[passed])
                if (to, now) not in seen:
                    seen.add((to, now))
                    found.append((length + 1, to, now))
        return None


def report(compiler: Compiler, disassembler: Disassembler | None) -> dict[str, list[int]]:
    """Registers, and instructions of a turn if it has any, of every kernel on every architecture."""
    few = [t for t in TYPES if t[1][0] in ("Values", "Int8")]
    jobs = [("sm_60", "prologue.cu", t, {}) for t in TYPES]
    jobs += [("sm_60", file, t, {}) for t in TYPES for file in ("math.cu", "sparse.cu")]
    jobs += [("sm_60", "portable.cu", t, {"width": 16}) for t in TYPES]
    jobs += [("sm_60", "portable.cu", t, {"width": width}) for t in few for width in (4, 32)]
    both = ("decode.cu", "prompt.cu")
    jobs += [("sm_75", file, t, {"size": 128}) for t in TYPES if t[0][0] == "Float16" for file in both]
    jobs += [("sm_75", "small_prompt.cu", t, {}) for t in TYPES if t[0][0] == "Float16"]
    jobs += [("sm_80", file, t, {"size": 128}) for t in TYPES for file in both]
    jobs += [("sm_80", file, t, {"size": size}) for t in few for size in (64, 256) for file in both]
    jobs += [("sm_80", "latent.cu", t, {}) for t in few]
    jobs += [("sm_90a", "decode.cu", t, {"size": 128}) for t in TYPES]
    jobs += [("sm_90a", "prompt.cu", t, {"size": 128}) for t in few]
    jobs += [("sm_90a", "hopper_prompt.cu", t, {"hopper_size": 128}) for t in TYPES]
    jobs += [("sm_90a", "hopper_prompt.cu", t, {"hopper_size": size}) for t in few for size in (64, 256)]
    found, faults = {}, []
    pattern = r"Function properties for (\w+)\s[^\d]*(\d+) bytes stack frame, (\d+) bytes spill stores.*?Used (\d+) registers"
    for architecture, file, types, macros in jobs:
        code, log = compiler.compile([file], architecture, types, **macros)
        is_counted = disassembler and architecture != "sm_75" and file in ("decode.cu", "prompt.cu")
        turns = disassembler.instructions_of_turns(code) if is_counted else {}
        for kernel, _, spilled, registers in re.findall(pattern, log, re.S):
            found[f"{architecture} {kernel}"] = [int(registers), *filter(None, [turns.get(kernel)])]
            if int(spilled):
                faults.append(f"{architecture} {kernel} spills {spilled} bytes")
        # ptxas: wgmma products wait for each other where it cannot tell their registers apart from others; a setmaxnreg that
        # it ignores leaves all warps the same number of registers.
        words = ("wgmma", "setmaxnreg")
        faults += [
            f"{architecture} {file} {macros}: {line}" for line in log.splitlines() if any(word in line for word in words)
        ]
    if faults:
        sys.exit("error: " + "\nerror: ".join(faults))
    return found


def check_registers(compiler: Compiler, writes: bool) -> None:
    """Compares with the committed numbers."""
    try:
        disassembler = Disassembler()
    except Unavailable as reason:
        print(f"CUDA disassembler: instructions are not counted: {reason}")
        disassembler = None
    found, file = report(compiler, disassembler), GENERATED / "registers.txt"
    if writes:
        lines = [f"{kernel} {' '.join(map(str, counts))}\n" for kernel, counts in sorted(found.items())]
        file.write_text("".join(lines))
    known = {" ".join(words[:2]): [int(word) for word in words[2:]] for words in map(str.split, file.open())}
    more = [
        f"{kernel} needs {count} {what}, not {known[kernel][index] if kernel in known else 'none'}"
        for kernel, counts in found.items()
        for index, (count, what) in enumerate(zip(counts, ("registers", "instructions for a tile")))
        if kernel not in known or count > known[kernel][index]
    ]
    if more:
        sys.exit("error: " + "\nerror: ".join(more))
    counted = sum(len(counts) > 1 for counts in found.values())
    print(f"CUDA compiler: {len(found)} kernels, no spills, no more registers than before; no more instructions in {counted}")


def main() -> None:
    try:
        compiler = Compiler()
    except Unavailable as reason:
        print(f"CUDA compiler: skipped: {reason}")
        return
    if sys.argv[1:2] == ["ptx"]:
        write_ptx(compiler)
    elif sys.argv[1:2] == ["registers"]:
        check_registers(compiler, "--write" in sys.argv)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
