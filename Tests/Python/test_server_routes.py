"""What operators and routers meet: tokens and rendered prompts."""

import openai
import pytest
import tokenizers
from server_process import MODEL, REPOSITORY, Server

MESSAGES = [{"role": "user", "content": "What is the opposite of hot?<|im_end|>"}]
TEXTS = ["Once upon a time", "", "  two  spaces\n", "\u00e9lan \u20ac \U0001f600 \u4f60\u597d", "<|im_start|>user"]


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120)


@pytest.fixture(scope="module")
def model(client):
    return client.models.list().data[0].id


def post(client, server, path, **body):
    return client.with_options(base_url=server.url).post(path, body=body, cast_to=object)


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_the_tokenizers_package(client, server, text):
    folder = REPOSITORY / "Models" / "tiny-paged" if MODEL is None else MODEL
    expected = tokenizers.Tokenizer.from_file(f"{folder}/tokenizer.json")
    encoded = expected.encode(text)
    answer = post(client, server, "/tokenize", prompt=text, return_token_strs=True)
    assert answer["tokens"] == encoded.ids and answer["count"] == len(encoded.ids)
    assert answer["token_strs"] == encoded.tokens
    back = post(client, server, "/detokenize", tokens=encoded.ids)
    assert back["prompt"] == expected.decode(encoded.ids, skip_special_tokens=False)


def test_a_tokenized_chat_is_the_chat(client, server, model):
    chat = client.chat.completions.create(
        model=model, messages=MESSAGES, temperature=0, max_tokens=16)
    answer = post(client, server, "/tokenize", model=model, messages=MESSAGES)
    assert answer["count"] == len(answer["tokens"]) == chat.usage.prompt_tokens
    assert answer["token_strs"] is None
    assert answer["max_model_len"] == client.models.retrieve(model).max_model_len
    completion = client.completions.create(
        model=model, prompt=answer["tokens"], temperature=0, max_tokens=16)
    assert completion.choices[0].text == chat.choices[0].message.content
    rendered = post(
        client, server, "/v1/chat/completions/render", model=model, messages=MESSAGES, max_tokens=16)
    assert rendered["token_ids"] == answer["tokens"]
    assert rendered["sampling_params"]["max_tokens"] == 16


def test_a_message_begun_is_continued(client, server):
    messages = [*MESSAGES, {"role": "assistant", "content": "The opposite of"}]
    begun = post(
        client, server, "/tokenize", messages=messages, continue_final_message=True,
        add_generation_prompt=False)["tokens"]
    prompt = post(client, server, "/detokenize", tokens=begun)["prompt"]
    assert prompt.endswith("The opposite of")
    whole = post(client, server, "/tokenize", messages=messages, add_generation_prompt=False)["tokens"]
    assert whole[:len(begun)] == begun and len(whole) > len(begun)


def test_completions_are_rendered_for_each_prompt(client, server, model):
    prompts = ["Once upon", "2 + 2 ="]
    rendered = post(client, server, "/v1/completions/render", model=model, prompt=prompts)
    assert [one["token_ids"] for one in rendered] == [
        post(client, server, "/tokenize", prompt=prompt)["tokens"] for prompt in prompts]


@pytest.mark.parametrize("path, body, param", [
    ("/tokenize", {"prompt": [1]}, "prompt"), ("/tokenize", {"messages": []}, "messages"),
    ("/detokenize", {"tokens": [10**9]}, "tokens"), ("/detokenize", {"tokens": [5] * 10**6}, "tokens"),
])
def test_what_cannot_be_tokenized_is_refused_by_name(client, server, path, body, param):
    with pytest.raises(openai.BadRequestError) as error:
        post(client, server, path, **body)
    assert error.value.param == param
