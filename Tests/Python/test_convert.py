"""`paged convert`: the folder that it writes, in onnxruntime with the plugin, in onnxruntime-genai, and served."""

import json
import shutil
import subprocess

import numpy as np
import onnxruntime
import onnxruntime_genai as og
import pytest
from server_process import BINARY, REPOSITORY

FIXTURES = REPOSITORY / "Tests" / "Fixtures" / "genai"
GREEDY = json.loads((FIXTURES / "greedy.json").read_text())
NAMES = list(GREEDY)


def paged(*arguments):
    """The finished process."""
    return subprocess.run(
        [BINARY, *map(str, arguments)], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )


def convert(name, target, *arguments):
    """The converted fixture."""
    source = target.parent / (target.name + "-source")
    shutil.copytree(FIXTURES / name, source)
    shutil.copyfile(FIXTURES / "tokenizer.json", source / "tokenizer.json")
    process = paged("convert", source, target, *arguments)
    assert process.returncode == 0, process.stderr
    return target


@pytest.mark.parametrize("name", NAMES)
def test_a_converted_graph_computes_what_the_original_does(name, tmp_path, load):
    folder = convert(name, tmp_path / "converted")
    original = onnxruntime.InferenceSession(FIXTURES / name / "model.onnx", providers=["CPUExecutionProvider"])
    texts = [case["prompt"] for case in GREEDY[name]]
    expected = [dense_logits(original, text) for text in texts]
    found = paged_logits(load(str(folder / "model.onnx")), texts)
    # int4 multiplications round activations to 8 bits, where the last bit of a float may decide.
    share = 1e-2 if "int4" in name else 1e-5
    for one, other in zip(expected, found):
        np.testing.assert_allclose(other, one, rtol=0, atol=share * np.abs(one).max())


def dense_logits(session, text):
    """The logits after the last token, without a cache."""
    feeds = {"input_ids": np.array([text], np.int64), "attention_mask": np.ones([1, len(text)], np.int64)}
    for value in session.get_inputs():
        if value.name == "position_ids":
            feeds[value.name] = np.arange(len(text), dtype=np.int64)[None]
        elif value.name.startswith("past"):
            heads, size = value.shape[1], head_size(session)
            feeds[value.name] = np.zeros([1, heads, 256, size], element_type(value))
    return session.run(["logits"], feeds)[0][0, -1]


def element_type(value):
    return np.float16 if "float16" in value.type else np.float32


def head_size(session):
    config = json.loads((REPOSITORY / session._model_path).parent.joinpath("genai_config.json").read_text())
    return config["model"]["decoder"]["head_size"]


def paged_logits(session, texts):
    """The logits after the last token of each text, all in one step."""
    inputs = {value.name: value for value in session.get_inputs()}
    ends = np.cumsum([len(text) for text in texts])
    blocks = [-(-len(text) // 16) for text in texts]
    table = np.full([len(texts), max(blocks)], -1, np.int32)
    for row, count in enumerate(blocks):
        table[row, :count] = np.arange(sum(blocks[:row]), sum(blocks[:row]) + count)[::-1]
    feeds = {
        "input_ids": np.concatenate(texts).astype(np.int64),
        "block_table": table,
        "cumulative_sequence_lengths": np.array([0, *ends], np.int32),
        "past_sequence_lengths": np.zeros(len(texts), np.int32),
        "attention_metadata": np.array([max(map(len, texts))] * 2 + [0], np.int32),
        "logits_indices": (ends - 1).astype(np.int32),
    }
    if "position_ids" in inputs:
        feeds["position_ids"] = np.concatenate([np.arange(len(text)) for text in texts])
    if "sequence_lengths" in inputs:
        feeds["sequence_lengths"] = np.concatenate([np.full(len(text), len(text)) for text in texts])
    for name, value in inputs.items():
        if name.startswith("past_key"):
            feeds[name] = np.zeros([sum(blocks), 16, *value.shape[2:]], element_type(value))
    assert set(feeds) == set(inputs)
    binding = session.io_binding()
    caches = {}
    for name, array in feeds.items():
        value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
        binding.bind_ortvalue_input(name, value)
        caches[name.replace("past_key_values", "present")] = value
    for output in session.get_outputs():
        if output.name in caches:
            binding.bind_ortvalue_output(output.name, caches[output.name])
        else:
            binding.bind_output(output.name)
    session.run_with_iobinding(binding)
    return binding.get_outputs()[0].numpy()


def test_a_converted_folder_runs_in_genais_engine(tmp_path, plugin):
    folder = convert("llama-int4", tmp_path / "converted")
    shutil.copy(plugin, folder)
    config = og.Config(str(folder))
    library = plugin.rsplit("/", 1)[1]
    config.overlay(json.dumps({
        "model": {"decoder": {"session_options": {"custom_ops_library": library}}},
        "engine": {"dynamic_batching": {"num_blocks": 64}}}))
    engine = og.Engine(og.Model(config))
    requests, tokens = [], []
    for case in GREEDY["llama-int4"]:
        request = engine.create_request()
        turn = og.TurnOptions(request)
        turn.set_do_sample(False)
        turn.set_max_generated_tokens(len(case["greedy"]))
        turn.set_min_generated_tokens(len(case["greedy"]))
        request.begin_turn(np.array(case["prompt"], np.int32), turn)
        requests.append(request)
        tokens.append([])
    events, unfinished = engine.create_event_buffer(64), len(requests)
    while unfinished:
        for event in engine.run(events):
            index = next(i for i, request in enumerate(requests) if request == event.request)
            if event.flags.value & og.EngineEventFlags.TOKEN.value:
                tokens[index].append(event.token)
            unfinished -= bool(event.flags.value & og.EngineEventFlags.TURN_FINISHED.value)
    assert tokens == [case["greedy"] for case in GREEDY["llama-int4"]]


@pytest.mark.parametrize("kind, size", [("f16", 256), ("int8", 128), ("fp8", 128), ("int4", 64)])
def test_caches_of_another_type_are_calibrated_and_served(kind, size, tmp_path):
    text = tmp_path / "text"
    text.write_text("<5><77><200><301>" * 40)
    options = [] if kind == "f16" else ["--calibrate", text]
    folder = convert("llama-int4", tmp_path / "converted", "--cache-type", kind, *options)
    report = json.loads(paged("inspect", folder, "--json").stdout)
    assert report["refusals"] == []
    assert report["cache"]["bytes_per_token"] == size
    process = paged("generate", "--raw", "--model", folder, "<5><77>", "--max-tokens", "8", "--temperature", "0")
    assert process.returncode == 0, process.stderr
    assert process.stdout.count("<") == 8


def test_mistakes_are_one_clear_line(tmp_path):
    (tmp_path / "there").mkdir()
    source = FIXTURES / "llama-int4"
    for arguments, text in [
        ([source, tmp_path / "there"], "exists already; name a folder that does not"),
        ([source, tmp_path / "new", "--cache-type", "int3"], "cache type int3 is not known; known are f32,"),
        ([source, tmp_path / "new", "--cache-type", "int8"], "int8 caches need scales"),
        ([tmp_path, tmp_path / "new"], "is not a model folder"),
    ]:
        process = paged("convert", *arguments)
        assert process.returncode == 1
        assert text in process.stderr and process.stderr.count("\n") == 1
        assert not (tmp_path / "new").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
