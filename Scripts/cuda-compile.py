#!/usr/bin/env python3
"""Compiles the CUDA kernels with NVIDIA's run-time compiler, which needs no GPU, no driver and no toolkit.

    Scripts/cuda-compile.py ptx          write Sources/CPagedCUDA/Generated (`make ptx`)
    Scripts/cuda-compile.py registers    compile for every architecture; fail where a kernel spills, products of
                                         warpgroups wait for each other, or it needs more registers than
                                         Generated/registers.txt says (--write: write that file)

The compiler is a pinned wheel from PyPI, fetched into build/nvrtc. Without network or on another processor than x86-64 the
last line says so and nothing fails.
"""

import ctypes
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources/CPagedCUDA"
GENERATED = TARGET / "Generated"
FETCHED = ROOT / "build/nvrtc"
CODES = [("Int8", "int8"), ("Float8", "float8e4m3fn"), ("Int4", "int4"), ("Float4", "float4e2m1")]
ELEMENTS = [("Float16", "float16"), ("BFloat16", "bfloat16")]
TYPES = [(e, c) for e in ELEMENTS for c in [("Values", e[1])] + CODES]
# The oldest PTX that has the instructions: the driver, not the compiler, decides what it takes. CUDA 9.0 and 11.4.
PTX_VERSIONS = {"compute_60": "6.0", "compute_80": "7.4"}


class Unavailable(Exception):
    """Why there is no compiler."""


def fetch() -> ctypes.CDLL:
    """Loads the compiler, after fetching it if need be."""
    found = list(FETCHED.glob("nvidia/cuda_nvrtc/lib/libnvrtc.so.*"))
    if not found:
        if platform.machine() != "x86_64" or platform.system() != "Linux":
            raise Unavailable(f"the pinned compiler is for Linux on x86-64, not {platform.system()} {platform.machine()}")
        FETCHED.mkdir(parents=True, exist_ok=True)
        command = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        command += ["--require-hashes", "-r", str(ROOT / "Scripts/nvrtc.txt"), "-d", str(FETCHED)]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
        if done.returncode != 0:
            if "DO NOT MATCH THE HASHES" in done.stderr:
                sys.exit("error: the wheel does not have the SHA-256 that Scripts/nvrtc.txt names: not installed")
            raise Unavailable(f"pip could not download it: {done.stderr.strip().splitlines()[-1:]}")
        with zipfile.ZipFile(next(FETCHED.glob("*.whl"))) as wheel:
            wheel.extractall(FETCHED)
        found = list(FETCHED.glob("nvidia/cuda_nvrtc/lib/libnvrtc.so.*"))
    return ctypes.CDLL(str(found[0]))


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
        self.library = fetch()

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
            modules.append(("compute_80", ["tile.cu"], {"size": 128}))
        for architecture, files, macros in modules:
            text = head + compact(compiler.compile(files, architecture, types, **macros)[0], PTX_VERSIONS[architecture])
            (GENERATED / f"{architecture}_{types[0][1]}_{types[1][1]}.ptx").write_text(text)
            size += len(text)
    print(f"PTX modules: {size // 1024} KiB")


def report(compiler: Compiler) -> dict[str, int]:
    """Registers of every kernel on every architecture."""
    few = [t for t in TYPES if t[1][0] in ("Values", "Int8")]
    jobs = [("sm_60", "prologue.cu", t, {}) for t in TYPES]
    jobs += [("sm_60", file, t, {}) for t in TYPES for file in ("math.cu", "sparse.cu")]
    jobs += [("sm_60", "portable.cu", t, {"width": 16}) for t in TYPES]
    jobs += [("sm_60", "portable.cu", t, {"width": width}) for t in few for width in (4, 32)]
    jobs += [("sm_75", "tile.cu", t, {"size": 128}) for t in TYPES if t[0][0] == "Float16"]
    jobs += [("sm_75", "small_tile.cu", t, {}) for t in TYPES if t[0][0] == "Float16"]
    jobs += [("sm_80", "tile.cu", t, {"size": 128}) for t in TYPES]
    jobs += [("sm_80", "tile.cu", t, {"size": size}) for t in few for size in (64, 256)]
    jobs += [("sm_80", "latent.cu", t, {}) for t in few]
    jobs += [("sm_90a", "tile.cu", t, {"size": 128}) for t in few]
    jobs += [("sm_90a", "hopper_prompt.cu", t, {"hopper_size": 128}) for t in TYPES]
    jobs += [("sm_90a", "hopper_prompt.cu", t, {"hopper_size": size}) for t in few for size in (64, 256)]
    found, faults = {}, []
    pattern = r"Function properties for (\w+)\s[^\d]*(\d+) bytes stack frame, (\d+) bytes spill stores.*?Used (\d+) registers"
    for architecture, file, types, macros in jobs:
        log = compiler.compile([file], architecture, types, **macros)[1]
        for kernel, _, spilled, registers in re.findall(pattern, log, re.S):
            found[f"{architecture} {kernel}"] = int(registers)
            if int(spilled):
                faults.append(f"{architecture} {kernel} spills {spilled} bytes")
        # ptxas: wgmma products wait for each other where it cannot tell their registers apart from others.
        faults += [f"{architecture} {file} {macros}: {line}" for line in log.splitlines() if "wgmma" in line]
    if faults:
        sys.exit("error: " + "\nerror: ".join(faults))
    return found


def check_registers(compiler: Compiler, writes: bool) -> None:
    """Compares with the committed numbers."""
    found, file = report(compiler), GENERATED / "registers.txt"
    if writes:
        file.write_text("".join(f"{kernel} {count}\n" for kernel, count in sorted(found.items())))
    known = {line.rpartition(" ")[0]: int(line.rpartition(" ")[2]) for line in file.read_text().splitlines()}
    more = [f"{k} needs {n} registers, not {known.get(k)}" for k, n in found.items() if n > known.get(k, 0)]
    if more:
        sys.exit("error: " + "\nerror: ".join(more))
    print(f"CUDA compiler: {len(found)} kernels, no spills, no more registers than before")


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
