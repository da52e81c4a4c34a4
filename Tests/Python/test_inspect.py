"""`paged inspect`: what it says of models and folders, as text and as JSON."""

import json
import subprocess

import pytest
from onnx import TensorProto
from paged_models import model
from server_process import BINARY, REPOSITORY

TINY = REPOSITORY / "Models" / "tiny-paged"


def inspect(*arguments):
    """The finished process."""
    return subprocess.run(
        [BINARY, "inspect", *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )


def report(*arguments):
    """The printed JSON."""
    process = inspect(*arguments, "--json")
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.fixture
def saved(tmp_path):
    """Saves a serialised model and gives its path."""

    def saved(data):
        path = tmp_path / "model.onnx"
        path.write_bytes(data)
        return path

    return saved


def outcome(path):
    """What becomes of a model's only attention node."""
    (node,) = report(path)["attention"]
    return node["outcome"]


def test_a_folder_says_what_would_run():
    process = inspect(TINY)
    assert process.returncode == 0, process.stderr
    lines = [line.split(maxsplit=1) for line in process.stdout.splitlines() if line.startswith("  ")]
    rows = {label: value for label, value in lines}
    assert rows["model"] == "llama, 6 layers, 6 query and 2 key/value heads of 32"
    assert rows["tokenizer"] == "byte-level BPE, 2048 tokens"
    assert rows["cache"] == "[num_blocks, block_size, 2, 32]"
    assert rows["runs"] == "yes, with paged serve and paged generate"
    assert rows["types"] == "activations float16, cache float16"
    assert rows["kernel"].startswith("float16.float16.")
    assert "float16, 1536 bytes a token; the default memory of 256M holds 174752 tokens" in process.stdout
    assert "PagedAttention (com.microsoft), layers 0-5\n" in process.stdout
    assert max(map(len, process.stdout.splitlines())) <= 120


def test_json_says_the_same():
    folder = report(TINY)
    assert folder["refusals"] == []
    assert folder["cache"]["bytes_per_token"] == 6 * 2 * 2 * 32 * 2
    assert folder["cache"]["tokens"] == 174752
    assert folder["model"]["end_of_sequence_tokens"] == [2, 0]
    (group,) = folder["graph"]["attention"]
    assert group["layers"] == list(range(6))
    assert len(group["nodes"]) == 6
    assert group["details"]["is_packed"]
    assert group["outcome"]["kernel"].startswith("float16.float16.")
    assert report(TINY / "model.onnx") == folder["graph"]


def test_the_kernels_are_listed_with_one_choice_for_each_pair_of_types():
    process = inspect("--kernels")
    assert process.returncode == 0, process.stderr
    kernels = report("--kernels")["kernels"]
    assert all(kernel["name"] in process.stdout for kernel in kernels)
    pairs = {(kernel["activation_type"], kernel["cache_type"]) for kernel in kernels}
    chosen = [kernel for kernel in kernels if kernel["is_chosen"]]
    assert {(kernel["activation_type"], kernel["cache_type"]) for kernel in chosen} == pairs
    assert len(chosen) == len(pairs)
    assert all(kernel["runs"] for kernel in chosen)
    products = report("--kernels")["products"]
    assert all(kernel["name"] in process.stdout for kernel in products)
    assert [kernel["runs"] for kernel in products if kernel["is_chosen"]] == [True]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("domain", ["com.microsoft", "ai.pagedattention"])
def test_a_node_gets_the_kernel_of_its_types(saved, packed, domain):
    path = saved(model(TensorProto.FLOAT, TensorProto.FLOAT16, packed=packed, domain=domain))
    assert outcome(path)["kernel"].startswith("float32.float16.")


@pytest.mark.parametrize(
    "arguments, refusal",
    [
        ({"kv_heads": 3}, "kv_num_heads must be positive and divide num_heads 4, got 3"),
        ({"head_size": 12}, "query: head_size must be a positive multiple of 8, got 12"),
        ({"cache": TensorProto.DOUBLE}, "key_cache of type float64 is not implemented"),
        ({"attributes": {"do_rotary": 1}}, "do_rotary is 1, but cos_cache and sin_cache are missing"),
        (
            {"attributes": {"k_quant_type": "HALF"}},
            "k_quant_type must be one of NONE, PER_TENSOR, PER_CHANNEL, got 'HALF'",
        ),
    ],
)
def test_a_refusal_is_the_operators_own(saved, arguments, refusal):
    path = saved(model(**arguments))
    assert outcome(path) == {"refusal": refusal, "would_refuse": []}
    assert refusal in " ".join(inspect(path).stdout.split())


def test_what_cannot_be_inspected_is_one_clear_line(tmp_path):
    short = tmp_path / "short.onnx"
    short.write_bytes((TINY / "model.onnx").read_bytes()[:-1000])
    for path, text in [
        ("/nonexistent", "/nonexistent does not exist; name an .onnx file or a model folder"),
        (tmp_path, "is not a model folder: it has no genai_config.json"),
        (short, "is cut short, or no ONNX model"),
        (__file__, "is no ONNX model"),
    ]:
        process = inspect(path)
        assert process.returncode == 1
        assert process.stdout == ""
        assert process.stderr.startswith("Error: ") and process.stderr.count("\n") == 1
        assert text in process.stderr
