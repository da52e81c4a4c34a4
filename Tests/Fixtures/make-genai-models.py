#!/usr/bin/env python3
"""Makes the folders in genai/ and genai/greedy.json: a random model of each family, as onnxruntime-genai exports it for CPU.

Each has 2 layers, a vocabulary of 320 bytes and markers, and is exported unmodified by onnxruntime-genai's model builder.
greedy.json has, for each, prompts and what the exported graph says after them in onnxruntime, computed anew for every token
from the whole text, without a cache. A continuation ends before the first token whose lead over the second is below 0.005, and
before the first that rounding activations to 8 bits (accuracy_level 4 of int4 exports) has decided: with activations in float32
the same graph says another one.

    python3 -m venv venv
    venv/bin/pip install onnxruntime-genai==0.18.0 onnxruntime==1.32.0 onnx==1.23.2 onnx-ir==1.1.0 torch==2.13.0 transformers==5.23.0
    HF_HUB_OFFLINE=1 venv/bin/python make-genai-models.py [NAME ...]
"""

import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
import transformers
from onnxruntime_genai.models import builder
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

OUTPUT = pathlib.Path(__file__).resolve().parent / "genai"
VOCABULARY, CONTEXT, ORIGINAL, WINDOW, TOKENS = 320, 256, 64, 16, 24
# Below and above the window, below, across and above the length at which long-rope changes.
PROMPTS = [3, 20, 50, 70]
LEAD = 0.005

COMMON = dict(
    vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=CONTEXT, bos_token_id=0, eos_token_id=2, pad_token_id=1,
    tie_word_embeddings=False)


def long_rope(pairs):
    return {
        "original_max_position_embeddings": ORIGINAL,
        "rope_scaling": {
            "type": "longrope", "rope_type": "longrope",
            "short_factor": [1.0 + 0.1 * pair for pair in range(pairs)],
            "long_factor": [2.0 + 0.5 * pair for pair in range(pairs)]}}


YARN = {
    "rope_type": "yarn", "factor": 4.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": False,
    "original_max_position_embeddings": 4096}
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": ORIGINAL}

# What differs from COMMON, and how the model is exported.
FAMILIES = {
    "llama-fp32": ("Llama", "fp32 cpu", dict(rope_theta=500000.0, rope_scaling=LLAMA3)),
    "llama-int4": ("Llama", "int4 cpu", dict(rope_theta=500000.0, rope_scaling=LLAMA3)),
    "mistral-int4": ("Mistral", "int4 cpu", dict(sliding_window=WINDOW, head_dim=16)),
    "qwen2-int4": ("Qwen2", "int4 cpu", {}),
    "qwen3-fp32": ("Qwen3", "fp32 cpu", dict(head_dim=16)),
    "qwen3-int4": ("Qwen3", "int4 cpu", dict(head_dim=16)),
    # For DirectML: rotation outside of attention, queries, keys and values apart.
    "qwen3-rotary-int4": ("Qwen3", "int4 dml", dict(head_dim=16)),
    "phi2-int4": ("Phi", "int4 cpu", dict(partial_rotary_factor=0.5, num_key_value_heads=4, hidden_size=128)),
    "phi3-int4": ("Phi3", "int4 cpu", dict(sliding_window=None, original_max_position_embeddings=CONTEXT)),
    "phi3-long-int4": ("Phi3", "int4 cpu", long_rope(8)),
    "phi4-mini-int4": (
        "Phi3", "int4 cpu",
        dict(partial_rotary_factor=0.75, hidden_size=128, num_attention_heads=2, num_key_value_heads=1,
             tie_word_embeddings=True, **long_rope(24))),
    "gemma2-int4": (
        "Gemma2", "int4 cpu",
        dict(head_dim=16, sliding_window=WINDOW, attn_logit_softcapping=5.0, final_logit_softcapping=10.0,
             query_pre_attn_scalar=16, tie_word_embeddings=True)),
    "gemma3-int4": (
        "Gemma3Text", "int4 cpu",
        dict(head_dim=16, sliding_window=WINDOW, layer_types=["sliding_attention", "full_attention"],
             tie_word_embeddings=True)),
    "gpt-oss-fp32": (
        "GptOss", "fp32 cpu",
        dict(head_dim=16, sliding_window=WINDOW, num_local_experts=4, num_experts_per_tok=2, intermediate_size=32,
             rope_theta=150000.0, rope_scaling=YARN)),
    "gpt-oss-int4": (
        "GptOss", "int4 cpu",
        dict(head_dim=16, sliding_window=WINDOW, num_local_experts=4, num_experts_per_tok=2, intermediate_size=32,
             rope_theta=150000.0, rope_scaling=YARN)),
    "llama2-int4": ("Llama", "int4 cpu", dict(num_key_value_heads=4, tie_word_embeddings=True)),
    "phi3-long-fp32": ("Phi3", "fp32 cpu", long_rope(8)),
    # Rotary tables chosen for the whole batch.
    "phi3-long-paged-fp16": ("Phi3", "fp16 cuda paged_block_size=16", long_rope(8)),
    "granite-int4": (
        "Granite", "int4 cpu",
        dict(embedding_multiplier=2.0, logits_scaling=1.5, residual_multiplier=0.7, attention_multiplier=0.3)),
    # With a block table of their own for layers with a window.
    "gpt-oss-paged-fp16": (
        "GptOss", "fp16 cuda",
        dict(head_dim=16, sliding_window=WINDOW, num_local_experts=4, num_experts_per_tok=2, intermediate_size=32,
             rope_theta=150000.0, rope_scaling=YARN)),
}


def make_checkpoint(family, changes, folder):
    """A model of the family with random weights, large enough that its tokens differ."""
    torch.manual_seed(7)
    config = getattr(transformers, family + "Config")(**{**COMMON, **changes})
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" in name and "bias" not in name:
                weight.normal_(0.0 if family.startswith("Gemma") else 1.0, 0.1)
            elif "embed" in name:
                # Where logits come from the same weights, loud ones would repeat the last token.
                quiet = 0.03 if family.startswith("Gemma") else 0.1
                weight.normal_(0.0, quiet if config.tie_word_embeddings else 1.0)
            elif "sinks" in name:
                weight.normal_(0.0, 1.0)
            else:
                weight.normal_(0.0, 0.12)
    model.save_pretrained(folder)
    if family == "GptOss":
        add_experts(config, folder / "model.safetensors")
    save_tokenizer(folder)


def add_experts(config, path):
    """Weights of 4 bits, as gpt-oss is published: where the builder takes those of an export with int4 weights from."""
    tensors = load_file(path)
    experts, inner, outer = config.num_local_experts, config.intermediate_size, config.hidden_size
    for layer in range(config.num_hidden_layers):
        for name, rows, columns in [("gate_up_proj", 2 * inner, outer), ("down_proj", outer, inner)]:
            prefix = f"model.layers.{layer}.mlp.experts.{name}"
            shape = [experts, rows, columns // 32]
            tensors[prefix + "_blocks"] = torch.randint(0, 256, [*shape, 16], dtype=torch.uint8)
            tensors[prefix + "_scales"] = torch.full(shape, 127 - 4, dtype=torch.uint8)
    save_file(tensors, path, {"format": "pt"})


def save_tokenizer(folder):
    """Every byte is a token."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate(["<s>", "<pad>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    fast.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    fast.save_pretrained(folder)


def export(checkpoint, precision, provider, options, folder, cache):
    options = ["use_paged_attention=true", *options] if provider == "cuda" else None
    arguments = [None, str(checkpoint), str(folder), precision, provider, str(cache)]
    builder.create_model(*arguments, **builder.parse_extra_options(*arguments, options))


def accept_gemma3():
    """The builder 0.18 does not know transformers 5's rotary parameters by layer type."""
    model = next(kind for kind in builder.Gemma3Model.__mro__ if kind.__name__ == "Model")
    original = model.__init__

    def initialise(self, config, *arguments):
        parameters = getattr(config, "rope_parameters", None)
        if isinstance(parameters, dict) and "full_attention" in parameters:
            config.rope_local_base_freq = parameters["sliding_attention"]["rope_theta"]
            config.rope_theta = parameters["full_attention"]["rope_theta"]
            config.rope_parameters = parameters["full_attention"]
        original(self, config, *arguments)

    model.__init__ = initialise


def continuations(folder):
    """What the graph says after each prompt."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    models = [folder / "model.onnx", exact(folder)]
    sessions = [onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]) for model in models]
    head_size = json.loads((folder / "genai_config.json").read_text())["model"]["decoder"]["head_size"]
    random = np.random.default_rng(5)
    prompts = [random.integers(3, 259, length).tolist() for length in PROMPTS]
    return [continuation(sessions, head_size, prompt) for prompt in prompts]


def exact(folder):
    """The graph with activations that are not rounded before products."""
    model = onnx.load(folder / "model.onnx")
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "accuracy_level":
                attribute.i = 0
    return model.SerializeToString()


def continuation(sessions, head_size, prompt):
    text, greedy = list(prompt), []
    while len(greedy) < TOKENS:
        row, unrounded = [logits(session, head_size, text) for session in sessions]
        best = np.argsort(row)[-2:]
        if row[best[1]] - row[best[0]] < LEAD or np.argmax(unrounded) != best[1]:
            break
        greedy.append(int(best[1]))
        text.append(greedy[-1])
    return {"prompt": prompt, "greedy": greedy}


def logits(session, head_size, text):
    """The logits after the last token."""
    count = len(text)
    feeds = {}
    for value in session.get_inputs():
        if value.name == "input_ids":
            feeds[value.name] = np.array([text], np.int64)
        elif value.name == "attention_mask":
            feeds[value.name] = np.ones([1, count], np.int64)
        elif value.name == "position_ids":
            feeds[value.name] = np.arange(count, dtype=np.int64)[None]
        else:
            kind = np.float16 if "float16" in value.type else np.float32
            # Room for all: layers with a window want a buffer of at least the window.
            feeds[value.name] = np.zeros([1, value.shape[1], CONTEXT, head_size], kind)
    return session.run(["logits"], feeds)[0][0, -1].astype(np.float32)


def make(name, scratch):
    family, how, changes = FAMILIES[name]
    precision, provider, *options = how.split()
    checkpoint, exported = scratch / (name + "-checkpoint"), scratch / name
    make_checkpoint(family, changes, checkpoint)
    export(checkpoint, precision, provider, options, exported, scratch / "cache")
    target = OUTPUT / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in ["model.onnx", "model.onnx.data", "genai_config.json"]:
        shutil.copyfile(exported / file, target / file)
    return continuations(target) if provider != "cuda" else None


def main():
    accept_gemma3()
    names = sys.argv[1:] or list(FAMILIES)
    path = OUTPUT / "greedy.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            cases = make(name, pathlib.Path(scratch))
            if cases:
                found[name] = cases
                print(name, [len(case["greedy"]) for case in cases])
    lines = [f"{json.dumps(name)}: {json.dumps(found[name])}" for name in FAMILIES if name in found]
    path.write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
