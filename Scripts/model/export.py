"""Turns a checkpoint into an onnxruntime-genai model folder, with onnxruntime-genai's own builder.

    python export.py --checkpoint build/model/checkpoint --out Models/tiny-paged
    python export.py --checkpoint build/model/checkpoint --out build/model/tiny-gqa --twin

The first is the served model: float16, `PagedAttention` nodes, logits only at `logits_indices`.
With `--twin` the same weights become a float32 model with `GroupQueryAttention` and a plain
cache, which onnxruntime-genai runs on a CPU: to compare tokens and speed with.
Of an existing folder only the files written here are replaced.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FILES = [
    "model.onnx",
    "model.onnx.data",
    "genai_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
]
PAGED = [
    "use_paged_attention=true",
    "prune_lm_head=true",
    "paged_block_size=16",
    "max_batch_size=64",
]
SEARCH = {"do_sample": True, "temperature": 0.7, "top_p": 0.9, "top_k": 40}


def build(checkpoint: Path, out: Path, twin: bool) -> None:
    """Run the builder, put its settings right for any processor, and move the files to `out`."""
    precision, provider, options = (
        ("fp32", "cpu", []) if twin else ("fp16", "cuda", ["--extra_options", *PAGED])
    )
    with tempfile.TemporaryDirectory() as temporary:
        built = Path(temporary) / "model"
        command = [
            sys.executable,
            "-m",
            "onnxruntime_genai.models.builder",
            "-i",
            str(checkpoint),
            "-o",
            str(built),
            "-p",
            precision,
            "-e",
            provider,
            "-c",
            str(Path(temporary) / "cache"),
            *options,
        ]
        finished = subprocess.run(
            command, env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True
        )
        if finished.returncode:
            sys.exit(f"The builder failed:\n{finished.stdout[-2000:]}\n{finished.stderr[-4000:]}")
        settle(built / "genai_config.json")
        settle_tokenizer(checkpoint, built)
        out.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(built / name, out / name)
    size = sum((out / name).stat().st_size for name in FILES)
    print(
        f"{out}: {size / 1e6:.1f} MB, "
        + ", ".join(f"{n} {(out / n).stat().st_size}" for n in FILES)
    )


def settle(path: Path) -> None:
    """No execution provider is demanded, and sampling is on by default, as for a chat model."""
    config = json.loads(path.read_text())
    config["model"]["decoder"]["session_options"]["provider_options"] = []
    config["search"] |= SEARCH
    path.write_text(json.dumps(config, indent=4) + "\n")


def settle_tokenizer(checkpoint: Path, built: Path) -> None:
    """The tokenizer files are taken as trained, not as a library wrote them again."""
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(checkpoint / name, built / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--twin", action="store_true")
    arguments = parser.parse_args()
    build(arguments.checkpoint, arguments.out, arguments.twin)
