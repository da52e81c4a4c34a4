#!/usr/bin/env python3
"""Makes a model folder of a true shape with random weights, as onnxruntime-genai exports it: to measure speed and memory.

    python3 -m venv venv
    venv/bin/pip install onnxruntime-genai==0.18.0 onnxruntime==1.32.0 onnx==1.23.2 onnx-ir==1.1.0 torch==2.13.0 transformers==5.23.0
    HF_HUB_OFFLINE=1 venv/bin/python make-model.py qwen2.5-0.5b FOLDER [int4|fp32]

What it says makes no sense; what it costs is what the model of that name costs. The tokenizer knows bytes only.
"""

import pathlib
import sys
import tempfile

import torch
import transformers
from onnxruntime_genai.models import builder
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
}


def make_checkpoint(family, numbers, folder):
    torch.manual_seed(1)
    config = getattr(transformers, family + "Config")(**numbers, bos_token_id=0, eos_token_id=2, pad_token_id=1)
    transformers.AutoModelForCausalLM.from_config(config).eval().save_pretrained(folder)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "<pad>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>").save_pretrained(folder)


def main():
    name, target = sys.argv[1:3]
    precision = sys.argv[3] if len(sys.argv) > 3 else "int4"
    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = pathlib.Path(scratch) / name
        make_checkpoint(*SHAPES[name], checkpoint)
        arguments = [None, str(checkpoint), target, precision, "cpu", str(pathlib.Path(scratch) / "cache")]
        builder.create_model(*arguments, **builder.parse_extra_options(*arguments, None))


if __name__ == "__main__":
    main()
