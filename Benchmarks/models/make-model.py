#!/usr/bin/env python3
"""Makes a model folder of a true shape with random weights, as onnxruntime-genai exports it: to measure speed and memory.

    python3 -m venv venv
    venv/bin/pip install onnxruntime-genai==0.18.0 onnxruntime==1.32.0 onnx==1.23.2 onnx-ir==1.1.0 torch==2.13.0 transformers==5.23.0
    HF_HUB_OFFLINE=1 venv/bin/python make-model.py qwen2.5-0.5b FOLDER [int4|fp32 [LAYERS]]

What it says makes no sense; what it costs is what the model of that name costs. The tokenizer knows bytes only.
Fewer layers are for models whose checkpoint does not fit in this machine's memory; a layer costs what a layer costs.
"""

import pathlib
import sys
import tempfile

import torch
import transformers
from onnxruntime_genai.models import builder
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

# Family, and the numbers of the model's config.json.
SHAPES = {
    "qwen2.5-0.5b": ("Qwen2", dict(
        vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14,
        num_key_value_heads=2, max_position_embeddings=32768, tie_word_embeddings=True)),
    "qwen3-0.6b": ("Qwen3", dict(
        vocab_size=151936, hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128, max_position_embeddings=40960, tie_word_embeddings=True)),
    "llama-3.2-1b": ("Llama", dict(
        vocab_size=128256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, max_position_embeddings=131072, tie_word_embeddings=True)),
    "phi-4-mini": ("Phi3", dict(
        vocab_size=200064, hidden_size=3072, intermediate_size=8192, num_hidden_layers=32, num_attention_heads=24,
        num_key_value_heads=8, partial_rotary_factor=0.75, max_position_embeddings=131072, tie_word_embeddings=True,
        original_max_position_embeddings=4096,
        rope_scaling={"type": "longrope", "rope_type": "longrope", "short_factor": [1.0] * 48, "long_factor": [2.0] * 48})),
    "gpt-oss-20b": ("GptOss", dict(
        vocab_size=201088, hidden_size=2880, intermediate_size=2880, num_hidden_layers=24, num_attention_heads=64,
        num_key_value_heads=8, head_dim=64, sliding_window=128, num_local_experts=32, num_experts_per_tok=4,
        rope_theta=150000.0, max_position_embeddings=131072, tie_word_embeddings=False,
        rope_scaling={
            "rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False,
            "original_max_position_embeddings": 4096})),
}


def make_checkpoint(family, numbers, folder):
    torch.manual_seed(1)
    config = getattr(transformers, family + "Config")(**numbers, bos_token_id=0, eos_token_id=2, pad_token_id=1)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.eval().save_pretrained(folder, max_shard_size="1000GB")
    if family == "GptOss":
        add_experts(config, folder / "model.safetensors")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "<pad>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>").save_pretrained(folder)


def add_experts(config, path):
    """Weights of 4 bits, as gpt-oss is published: where the builder takes those of an export with int4 weights from."""
    tensors = load_file(path)
    experts, inner, outer = config.num_local_experts, config.intermediate_size, config.hidden_size
    for layer in range(config.num_hidden_layers):
        for name, rows, columns in [("gate_up_proj", 2 * inner, outer), ("down_proj", outer, inner)]:
            prefix = f"model.layers.{layer}.mlp.experts.{name}"
            shape = [experts, rows, columns // 32]
            tensors[prefix + "_blocks"] = torch.randint(0, 256, [*shape, 16], dtype=torch.uint8)
            tensors[prefix + "_scales"] = torch.full(shape, 127 - 8, dtype=torch.uint8)
    save_file(tensors, path, {"format": "pt"})


def main():
    name, target = sys.argv[1:3]
    precision = sys.argv[3] if len(sys.argv) > 3 else "int4"
    if len(sys.argv) > 4:
        SHAPES[name][1]["num_hidden_layers"] = int(sys.argv[4])
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = pathlib.Path(scratch) / name
        make_checkpoint(*SHAPES[name], checkpoint)
        arguments = [None, str(checkpoint), target, precision, "cpu", str(pathlib.Path(scratch) / "cache")]
        builder.create_model(*arguments, **builder.parse_extra_options(*arguments, None))


if __name__ == "__main__":
    main()
