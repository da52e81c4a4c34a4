#!/usr/bin/env python3
"""Writes the wheel: make-wheel.py PLUGIN FOLDER. Same input, same bytes."""

import base64
import hashlib
import pathlib
import platform
import re
import subprocess
import sys
import zipfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = "onnxruntime_paged_attention"
# What every Linux of a manylinux tag has (PEP 600).
SYSTEM_LIBRARIES = re.compile(r"(lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+)|ld-linux-\S+)\.so\.\d+")

METADATA = """\
Metadata-Version: 2.4
Name: onnxruntime-paged-attention
Version: {version}
Summary: ONNX Runtime's PagedAttention operator on any CPU
License-Expression: Apache-2.0
License-File: LICENSE
License-File: NOTICE
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Typing :: Typed
Requires-Python: >=3.8
Requires-Dist: onnxruntime>=1.18
Description-Content-Type: text/markdown

{readme}"""


def version():
    """The version that the tool and the server report."""
    source = REPOSITORY / "Sources/PagedServer/Application/ServerConfiguration.swift"
    found = re.search(r'static let current = "([^"]+)"', source.read_text())
    if not found:
        sys.exit(f"error: no version in {source}")
    return found.group(1)


def objdump(option, library):
    return subprocess.run(
        ["objdump", option, library], check=True, capture_output=True, text=True
    ).stdout


def platform_tag(library):
    """The oldest manylinux on which the library loads: the newest glibc symbol that it needs."""
    for name in re.findall(r"NEEDED\s+(\S+)", objdump("-p", library)):
        if not SYSTEM_LIBRARIES.fullmatch(name):
            sys.exit(f"error: {library} needs {name}, which not every Linux has")
    symbols = re.findall(r"GLIBC_(\d+)\.(\d+)", objdump("-T", library))
    major, minor = max((int(major), int(minor)) for major, minor in symbols)
    return f"manylinux_{major}_{minor}_{platform.machine()}"


def write(path, files):
    """Writes a zip of (name, bytes) with the wheel's record of hashes as its last file."""
    information = files[-1][0].rsplit("/", 1)[0]
    record = ""
    for name, data in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(data)}\n"
    record += f"{information}/RECORD,,\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, data in [*files, (f"{information}/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, data)


def main():
    library, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    tag = f"py3-none-{platform_tag(library)}"
    information = f"{PACKAGE}-{version()}.dist-info"
    readme = (REPOSITORY / "Python/README.md").read_text()
    metadata = METADATA.format(version=version(), readme=readme)
    wheel = f"Wheel-Version: 1.0\nGenerator: make-wheel.py\nRoot-Is-Purelib: false\nTag: {tag}\n"
    sources = sorted(p for p in (REPOSITORY / "Python" / PACKAGE).iterdir() if p.is_file())
    files = [
        *((f"{PACKAGE}/{path.name}", path.read_bytes()) for path in sources),
        (f"{PACKAGE}/libpagedattention.so", library.read_bytes()),
        (f"{information}/licenses/LICENSE", (REPOSITORY / "LICENSE").read_bytes()),
        (f"{information}/licenses/NOTICE", (REPOSITORY / "NOTICE").read_bytes()),
        (f"{information}/METADATA", metadata.encode()),
        (f"{information}/WHEEL", wheel.encode()),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{PACKAGE}-{version()}-{tag}.whl"
    write(path, files)
    print(path)


if __name__ == "__main__":
    main()
