"""What operators, routers and pages in a browser meet: tokens, rendered prompts, CORS, hosts."""

import http.client
import json

import openai
import pytest
import tokenizers
from server_process import MODEL, REPOSITORY, Server

PAGE = "https://page.example"
MESSAGES = [{"role": "user", "content": "What is the opposite of hot?<|im_end|>"}]
TEXTS = ["Once upon a time", "", "  two  spaces\n", "\u00e9lan \u20ac \U0001f600 \u4f60\u597d", "<|im_start|>user"]


@pytest.fixture(scope="module")
def server():
    with Server("--allowed-origin", PAGE) as server:
        yield server


def post(client, server, path, **body):
    return client.with_options(base_url=server.url).post(path, body=body, cast_to=object)


def ask(server, method, path, body=None, **headers):
    """An answer with its headers, and its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


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


def test_a_page_of_an_allowed_origin_can_stream(server):
    preflight, _ = ask(
        server, "OPTIONS", "/v1/completions", Origin=PAGE, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-type")
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == PAGE
    allowed = preflight.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type"} <= set(allowed)
    stream, text = ask(
        server, "POST", "/v1/completions", {"prompt": "Once", "max_tokens": 2, "stream": True},
        Origin=PAGE)
    assert stream.status == 200 and text.endswith("data: [DONE]\n\n")
    assert stream.headers["access-control-allow-origin"] == PAGE
    wrong, _ = ask(server, "POST", "/v1/completions", {"prompt": 1}, Origin=PAGE)
    assert wrong.status == 400 and wrong.headers["access-control-allow-origin"] == PAGE
    other, _ = ask(server, "GET", "/v1/models", Origin="https://other.example")
    assert "access-control-allow-origin" not in other.headers


def test_a_page_that_took_this_machines_address_is_refused(server):
    answer, text = ask(server, "POST", "/v1/completions", {"prompt": "a"}, Host="page.example:8080")
    assert answer.status == 403
    assert json.loads(text)["error"]["code"] == "host_not_allowed"
    assert "--allowed-host page.example." in json.loads(text)["error"]["message"]
    for host in ("localhost", "127.0.0.1:1", "[::1]"):
        assert server.get("/health", Host=host)[0] == 200


def test_hosts_behind_a_proxy_and_with_keys():
    with Server("--allowed-host", "llm.example") as server:
        assert server.get("/health", Host="llm.example")[0] == 200
        assert server.get("/health", Host="page.example")[0] == 403
    with Server("--api-key", "secret") as server:
        assert server.get("/v1/models", Host="page.example")[0] == 401
        key = "Bearer secret"
        assert server.get("/v1/models", Host="page.example", Authorization=key)[0] == 200
