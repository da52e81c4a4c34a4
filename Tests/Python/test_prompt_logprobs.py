"""Log-probabilities of prompts, as evaluation harnesses and vLLM's clients ask for them, against onnxruntime."""

import concurrent.futures
import json

import numpy as np
import onnxruntime
import openai
import pytest
from server_process import REPOSITORY, Server

FOLDER = REPOSITORY / "Models" / "tiny-paged"
CONFIG = json.loads((FOLDER / "genai_config.json").read_text())["model"]
VOCABULARY = CONFIG["vocab_size"]
PROMPTS = [
    np.random.default_rng(seed).integers(0, VOCABULARY, length).tolist()
    for seed, length in enumerate([1, 2, 17, 150, 400, CONFIG["context_length"] - 1])]


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


@pytest.fixture
def expected(load):
    """Log-softmax of the logits after each token of a prompt, all computed in one step."""
    session = load(str(FOLDER / "model.onnx"))

    def expected(prompt):
        blocks = -(-len(prompt) // 16)
        feeds = {
            "input_ids": np.array(prompt, np.int64),
            "block_table": np.arange(blocks, dtype=np.int32)[None],
            "cumulative_sequence_lengths": np.array([0, len(prompt)], np.int32),
            "past_sequence_lengths": np.zeros(1, np.int32),
            "attention_metadata": np.array([len(prompt), len(prompt), len(prompt)], np.int32),
            "logits_indices": np.arange(len(prompt), dtype=np.int32),
        }
        for value in session.get_inputs():
            if value.name.startswith("past_key_values"):
                feeds[value.name] = np.zeros([blocks, 16, *value.shape[2:]], np.float16)
        binding = session.io_binding()
        caches = {}
        for value in session.get_inputs():
            array = feeds[value.name]
            caches[value.name.replace("past_key_values", "present")] = bind(binding, value.name, array)
        for output in session.get_outputs():
            if output.name in caches:
                binding.bind_ortvalue_output(output.name, caches[output.name])
            else:
                binding.bind_output(output.name)
        session.run_with_iobinding(binding)
        logits = binding.get_outputs()[0].numpy().astype(np.float64)[:, :VOCABULARY]
        shifted = logits - logits.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    return expected


def bind(binding, name, array):
    value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
    binding.bind_ortvalue_input(name, value)
    return value


def score(client, model, prompt, **arguments):
    return client.completions.create(
        model=model, prompt=prompt, **{"echo": True, "logprobs": 3, "max_tokens": 0, "temperature": 0, **arguments})


def check(choice, prompt, expected, best=3):
    """One choice of an answer that only echoes."""
    logprobs = choice.logprobs
    assert len(logprobs.tokens) == len(logprobs.text_offset) == len(prompt)
    assert logprobs.token_logprobs[0] is None and logprobs.top_logprobs[0] is None
    wanted = expected(prompt)
    for place in range(1, len(prompt)):
        row, token = wanted[place - 1], prompt[place]
        assert logprobs.token_logprobs[place] == pytest.approx(row[token], abs=2e-5)
        values = sorted(logprobs.top_logprobs[place].values(), reverse=True)
        # Different tokens may have the same text.
        if len(values) >= best:
            np.testing.assert_allclose(values[:best], np.sort(row)[::-1][:best], rtol=0, atol=2e-5)


@pytest.mark.parametrize("prompt", PROMPTS, ids=len)
def test_an_echoed_prompt_has_the_models_log_probabilities(client, model, expected, prompt):
    answer = score(client, model, prompt)
    check(answer.choices[0], prompt, expected)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.prompt_tokens == len(prompt) and answer.usage.completion_tokens == 0


def test_batches_and_requests_at_once_get_what_each_gets_alone(client, model):
    alone = [score(client, model, prompt).choices[0].logprobs for prompt in PROMPTS]
    batch = score(client, model, PROMPTS)
    assert [choice.logprobs for choice in batch.choices] == alone
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda prompt: score(client, model, prompt), PROMPTS * 3))
    assert [answer.choices[0].logprobs for answer in together] == alone * 3


def test_one_object_holds_prompt_and_output(client, model):
    prompt = "Tell me a story about a fox."
    scored = score(client, model, prompt, logprobs=1)
    plain = score(client, model, prompt, logprobs=1, max_tokens=4, echo=False, extra_body={"ignore_eos": True})
    both = score(client, model, prompt, logprobs=1, max_tokens=4, extra_body={"ignore_eos": True})
    assert scored.choices[0].text == prompt
    assert both.choices[0].text == prompt + plain.choices[0].text
    logprobs, count = both.choices[0].logprobs, both.usage.prompt_tokens
    assert logprobs.token_logprobs == scored.choices[0].logprobs.token_logprobs + plain.choices[0].logprobs.token_logprobs
    assert logprobs.tokens[count:] == plain.choices[0].logprobs.tokens
    assert logprobs.text_offset[count] == len(prompt)
    assert logprobs.text_offset == sorted(logprobs.text_offset)
    chunks = list(score(
        client, model, prompt, logprobs=1, max_tokens=4, stream=True, n=2, extra_body={"ignore_eos": True}))
    for index in range(2):
        choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == index]
        assert choices[0].text == prompt
        assert choices[0].logprobs == scored.choices[0].logprobs
        streamed = [value for choice in choices if choice.logprobs for value in choice.logprobs.token_logprobs]
        assert streamed == logprobs.token_logprobs


@pytest.mark.parametrize("best", [0, 5])
def test_prompt_logprobs_are_in_vllms_form(client, model, expected, best):
    prompt = PROMPTS[2]
    answer = client.completions.create(
        model=model, prompt=prompt, max_tokens=1, n=2, extra_body={"prompt_logprobs": best})
    first, second = (choice.prompt_logprobs for choice in answer.choices)
    assert first == second and answer.choices[0].logprobs is None
    assert first[0] is None and len(first) == len(prompt)
    for place, row in enumerate(expected(prompt)[:-1], 1):
        order = np.argsort(-row, kind="stable")
        tokens = {*order[:best], prompt[place]}
        assert {int(token) for token in first[place]} == tokens
        for token in tokens:
            entry = first[place][str(token)]
            assert entry["logprob"] == pytest.approx(row[token], abs=2e-5)
            # Ranks of neighbours may change places by the last bit.
            assert abs(entry["rank"] - 1 - list(order).index(token)) <= 1
            assert isinstance(entry["decoded_token"], str)


def test_chat_has_prompt_logprobs_beside_its_choices(client, model):
    answer = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Hello!"}], max_tokens=1, n=2,
        extra_body={"prompt_logprobs": 1})
    assert len(answer.prompt_logprobs) == answer.usage.prompt_tokens
    assert answer.prompt_logprobs[0] is None
    text = "".join(min(entry.values(), key=lambda one: one["rank"])["decoded_token"]
                   for entry in answer.prompt_logprobs[1:])
    assert isinstance(text, str) and text
    assert answer.usage.prompt_tokens_details.cached_tokens == 0


@pytest.mark.parametrize("fields, param", [
    ({"prompt_logprobs": 21}, "prompt_logprobs"), ({"prompt_logprobs": -1}, "prompt_logprobs"),
    ({"prompt_logprobs": 1, "stream": True}, "prompt_logprobs"), ({"max_tokens": 0}, "max_tokens"),
])
def test_what_cannot_be_is_refused_by_name(client, model, fields, param):
    with pytest.raises(openai.BadRequestError) as error:
        client.completions.create(model=model, prompt="x", extra_body=fields)
    assert error.value.param == param


def test_more_than_an_answer_may_hold_is_refused(client, model):
    with pytest.raises(openai.BadRequestError) as error:
        score(client, model, PROMPTS[-1:] * 16, logprobs=20)
    assert error.value.param == "logprobs"
    assert str(21 * 16 * len(PROMPTS[-1])) in error.value.message


def test_nothing_is_left_when_the_client_goes(server, client, model):
    for _ in range(3):
        with pytest.raises(openai.APITimeoutError):
            client.with_options(timeout=0.02).completions.create(
                model=model, prompt=[PROMPTS[-1]] * 12, echo=True, logprobs=1, max_tokens=0)
    server.wait_until_idle()
    assert server.metric("paged_live_blocks") == 0
