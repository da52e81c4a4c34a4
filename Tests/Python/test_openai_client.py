"""The official openai client against the real server process."""

import concurrent.futures
import json
import socket
import time

import openai
import pytest
from server_process import Server, connect

MESSAGES = [{"role": "user", "content": "Hello!"}]


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


def stream_chat(client, model, messages=MESSAGES, **arguments):
    """All chunks of a streamed chat answer, and its text."""
    chunks = list(client.chat.completions.create(
        model=model, messages=messages, stream=True, **{"temperature": 0, "max_tokens": 32, **arguments}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    return chunks, text


def test_models_are_listed_and_retrieved(client, model):
    card = client.models.retrieve(model)
    assert card.id == model and card.object == "model"
    assert card.max_model_len > 0
    with pytest.raises(openai.NotFoundError) as error:
        client.models.retrieve("no-such-model")
    assert error.value.code == "model_not_found"


def test_chat_streams_what_it_answers_without_streaming(client, model):
    answer = client.chat.completions.create(
        model=model, messages=MESSAGES, temperature=0, max_tokens=32)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason in ("stop", "length")
    chunks, text = stream_chat(client, model)
    assert text == answer.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == answer.choices[0].finish_reason
    assert len({chunk.id for chunk in chunks}) == 1
    assert all(chunk.usage is None for chunk in chunks)


def test_the_usage_of_a_stream_equals_that_of_an_answer(client, model):
    answer = client.chat.completions.create(
        model=model, messages=MESSAGES, temperature=0, max_tokens=32)
    chunks, _ = stream_chat(client, model, stream_options={"include_usage": True})
    assert chunks[-1].choices == []
    usage = chunks[-1].usage
    assert usage.prompt_tokens == answer.usage.prompt_tokens > 0
    assert usage.completion_tokens == answer.usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert 0 <= usage.prompt_tokens_details.cached_tokens <= usage.prompt_tokens


def test_max_tokens_is_exact_and_ends_with_length(client, model):
    for count in (1, 2, 7):
        answer = client.completions.create(
            model=model, prompt="Once", max_tokens=count, temperature=0,
            extra_body={"ignore_eos": True})
        assert answer.usage.completion_tokens == count
        assert answer.choices[0].finish_reason == "length"


def test_completions_take_texts_tokens_and_batches(client, model):
    alone = [
        client.completions.create(model=model, prompt=prompt, max_tokens=8, temperature=0)
        for prompt in ("Once upon", "2 + 2 =")]
    batch = client.completions.create(
        model=model, prompt=["Once upon", "2 + 2 ="], max_tokens=8, temperature=0)
    assert [choice.index for choice in batch.choices] == [0, 1]
    assert [choice.text for choice in batch.choices] == [one.choices[0].text for one in alone]
    assert batch.usage.prompt_tokens == sum(one.usage.prompt_tokens for one in alone)
    tokens = client.completions.create(model=model, prompt=[5, 6, 7], max_tokens=2, temperature=0)
    assert tokens.usage.prompt_tokens == 3
    many = client.completions.create(
        model=model, prompt=[[5, 6, 7], [8]], max_tokens=2, temperature=0)
    assert len(many.choices) == 2 and many.usage.prompt_tokens == 4


def test_completions_stream(client, model):
    answer = client.completions.create(model=model, prompt="Once", max_tokens=12, temperature=0)
    chunks = list(client.completions.create(
        model=model, prompt="Once", max_tokens=12, temperature=0, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == answer.choices[0].text
    assert chunks[-1].choices[0].finish_reason == answer.choices[0].finish_reason


def test_echo_repeats_the_prompt(client, model):
    answer = client.completions.create(
        model=model, prompt="Once upon", max_tokens=2, temperature=0, echo=True)
    assert answer.choices[0].text.startswith("Once upon")


def test_several_choices_are_repeatable_with_a_seed(client, model):
    def choices():
        answer = client.chat.completions.create(
            model=model, messages=MESSAGES, n=3, seed=11, temperature=1.5, max_tokens=16)
        return [choice.message.content for choice in answer.choices]

    first = choices()
    assert len(first) == 3
    assert first == choices()


def test_a_stop_string_is_never_shown(client, model):
    whole = client.completions.create(
        model=model, prompt="Once", max_tokens=24, temperature=0,
        extra_body={"ignore_eos": True}).choices[0].text
    stop = whole[6:9]
    assert len(stop) == 3, "the model says too little for this test"
    expected = whole[:whole.index(stop)]
    arguments = dict(
        model=model, prompt="Once", max_tokens=24, temperature=0, stop=["\x00never", stop],
        extra_body={"ignore_eos": True})
    answer = client.completions.create(**arguments)
    assert answer.choices[0].text == expected
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens < 24
    streamed = "".join(
        chunk.choices[0].text for chunk in client.completions.create(**arguments, stream=True))
    assert streamed == expected


def test_chat_logprobs_have_openais_shape(client, model):
    answer = client.chat.completions.create(
        model=model, messages=MESSAGES, temperature=0, max_tokens=5, logprobs=True, top_logprobs=3,
        extra_body={"ignore_eos": True})
    content = answer.choices[0].logprobs.content
    assert content
    for token in content:
        assert token.logprob <= 0
        assert len(token.top_logprobs) == 3
        probabilities = [top.logprob for top in token.top_logprobs]
        assert probabilities == sorted(probabilities, reverse=True)
        # Greedy: the token is the most likely one.
        assert token.logprob == pytest.approx(probabilities[0])
    text = b"".join(bytes(token.bytes) for token in content)
    assert text.decode(errors="replace") == answer.choices[0].message.content
    chunks, _ = stream_chat(
        client, model, max_tokens=5, logprobs=True, top_logprobs=3,
        extra_body={"ignore_eos": True})
    streamed = [
        token.token for chunk in chunks if chunk.choices and chunk.choices[0].logprobs
        for token in chunk.choices[0].logprobs.content]
    assert streamed == [token.token for token in content]


def test_completion_logprobs_have_openais_shape(client, model):
    answer = client.completions.create(
        model=model, prompt="Once", max_tokens=5, temperature=0, logprobs=2,
        extra_body={"ignore_eos": True})
    logprobs = answer.choices[0].logprobs
    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == len(logprobs.text_offset) == 5
    assert all(2 <= len(top) <= 3 for top in logprobs.top_logprobs)
    assert logprobs.text_offset[0] == 0
    assert logprobs.text_offset == sorted(logprobs.text_offset)


@pytest.mark.parametrize("temperature", [0, 1, 2])
def test_an_answer_follows_a_json_schema(client, model, temperature):
    schema = {
        "type": "object",
        "properties": {
            "animal": {"enum": ["fox", "owl", "an \u00e9lan"]},
            "sizes": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3},
            "note": {"type": ["string", "null"], "maxLength": 8},
        },
        "required": ["animal", "sizes", "note"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "animal", "strict": True, "schema": schema}}
    messages = [{"role": "user", "content": "Tell me of an animal."}]
    answer = client.chat.completions.create(
        model=model, messages=messages, response_format=form, temperature=temperature, seed=7, n=4
    )
    for choice in answer.choices:
        assert choice.finish_reason == "stop"
        value = json.loads(choice.message.content)
        assert list(value) == ["animal", "sizes", "note"]
        assert value["animal"] in schema["properties"]["animal"]["enum"]
        assert 1 <= len(value["sizes"]) <= 3 and {type(size) for size in value["sizes"]} == {bool}
        assert value["note"] is None or len(value["note"]) <= 8


def test_an_answer_in_json_begins_as_an_object(client, model):
    messages = [{"role": "user", "content": "Tell me a story about a fox."}]
    answer = client.chat.completions.create(
        model=model, messages=messages, response_format={"type": "json_object"}, max_tokens=40
    )
    choice = answer.choices[0]
    assert choice.message.content.lstrip().startswith("{")
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict)


@pytest.mark.parametrize("field, value", [
    ("n", 0), ("n", 10**9), ("temperature", 3), ("top_p", 0), ("max_tokens", 0),
    ("presence_penalty", 5), ("frequency_penalty", -5), ("logprobs", 10**6),
    ("stop", ["x"] * 100_000), ("logit_bias", {str(i): 1 for i in range(200_000)}),
    ("best_of", 10**9), ("prompt", [10**9]), ("prompt", []), ("prompt", ["x"] * 100_000),
])
def test_fields_out_of_bounds_are_refused_by_name(client, model, field, value):
    with pytest.raises(openai.BadRequestError) as error:
        client.completions.create(**{"model": model, "prompt": "x", field: value})
    assert error.value.param.startswith(field)
    assert error.value.type == "invalid_request_error"
    assert field in error.value.message


def test_too_long_a_prompt_is_refused_with_the_numbers(client, model):
    limit = client.models.retrieve(model).max_model_len
    with pytest.raises(openai.BadRequestError) as error:
        client.completions.create(model=model, prompt=[5] * (limit + 1))
    assert error.value.code == "context_length_exceeded"
    assert str(limit) in error.value.message and str(limit + 1) in error.value.message
    with pytest.raises(openai.BadRequestError):
        client.completions.create(model=model, prompt="Once", max_tokens=10**6)


def test_another_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert error.value.code == "model_not_found"


def test_unknown_parameters_are_ignored(client, model):
    answer = client.chat.completions.create(
        model=model, messages=MESSAGES, max_tokens=1, user="somebody", store=True,
        extra_body={"no_such_parameter": {"a": [1]}})
    assert answer.usage.completion_tokens == 1


def test_special_tokens_in_messages_are_text(client, model):
    plain = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "a"}], max_tokens=1)
    typed = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "a<|im_end|><|end|></s>"}], max_tokens=1)
    # As special tokens they would be three at most.
    assert typed.usage.prompt_tokens > plain.usage.prompt_tokens + 3


def test_twenty_streams_get_what_each_gets_alone_while_one_leaves(server, client, model):
    prompts = [f"Tell me about number {i}." for i in range(20)]
    messages = [[{"role": "user", "content": prompt}] for prompt in prompts]
    arguments = {"max_tokens": 48, "extra_body": {"ignore_eos": True}}
    alone = [stream_chat(client, model, m, **arguments)[1] for m in messages]

    def run(index):
        mine = connect(server)
        if index == 7:
            stream = mine.chat.completions.create(
                model=model, messages=messages[index], stream=True, temperature=0, **arguments)
            for _, _chunk in zip(range(5), stream):
                pass
            stream.close()
            mine.close()
            return None
        return stream_chat(mine, model, messages[index], **arguments)[1]

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        together = list(pool.map(run, range(20)))
    for index, text in enumerate(together):
        assert index == 7 or text == alone[index], prompts[index]
    server.wait_until_idle()
    assert server.metric("paged_live_blocks") == 0


def test_leaving_before_the_answer_stops_the_work(server, client, model):
    body = json.dumps({
        "model": model, "prompt": "Once", "ignore_eos": True, "n": 4,
        "max_tokens": client.models.retrieve(model).max_model_len - 32}).encode()
    before = server.metric('vllm:generation_tokens_total')
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        deadline = time.monotonic() + 30
        while server.metric('vllm:generation_tokens_total') == before:
            assert time.monotonic() < deadline, "no token"
    server.wait_until_idle()
    assert server.metric("paged_live_blocks") == 0


def test_metrics_and_health(server, client, model):
    before = server.metric("vllm:generation_tokens_total")
    client.completions.create(
        model=model, prompt="Once", max_tokens=3, extra_body={"ignore_eos": True})
    server.wait_until_idle()
    assert server.metric("vllm:generation_tokens_total") == before + 3
    assert server.metric("vllm:kv_cache_usage_perc") == 0
    assert server.metric("vllm:time_to_first_token_seconds_count") > 0
    status, body = server.get("/health")
    assert status == 200 and json.loads(body)["status"] == "ok"


def test_a_repeated_prompt_is_cached(client, model):
    words = " ".join(f"word{i}" for i in range(40))
    answers = [
        client.completions.create(model=model, prompt=words, max_tokens=4, temperature=0)
        for _ in range(2)]
    assert answers[0].choices[0].text == answers[1].choices[0].text
    assert answers[1].usage.prompt_tokens_details.cached_tokens > 0
