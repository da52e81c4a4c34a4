"""The server as a process: start, keys, signals; and `paged generate`."""

import concurrent.futures
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import openai
import pytest
from server_process import BINARY, REPOSITORY, Server, command, connect

LONG = {"max_tokens": 200, "temperature": 0, "extra_body": {"ignore_eos": True}}


def stream(client, **arguments):
    model = client.models.list().data[0].id
    return client.completions.create(model=model, prompt="Once", stream=True, **arguments)


def test_the_printed_snippets_work_as_pasted():
    with Server() as server:
        output = "".join(server.output)
        curl = re.search(r"^curl .*$", output, re.M).group(0)
        answer = subprocess.run(
            ["bash", "-c", curl + " --silent --fail"], capture_output=True, text=True, timeout=120)
        assert answer.returncode == 0, answer.stderr
        assert '"choices"' in answer.stdout
        snippet = output[output.index("from openai"):]
        answer = subprocess.run(
            [sys.executable, "-c", snippet], capture_output=True, text=True, timeout=120)
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.strip()


def test_a_taken_port_is_one_clear_line():
    with Server() as server:
        second = subprocess.run(
            [*command("serve"), "--port", str(server.port)], cwd=REPOSITORY,
            capture_output=True, text=True, timeout=120)
        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert not second.stdout, "the model was loaded first"
        assert f":{server.port} is taken" in second.stderr


def test_api_keys(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("# ours\nfirst\nsecond\n")
    with Server("--api-key-file", str(keys), "--served-model-name", "served") as server:
        for key in ("first", "second"):
            assert connect(server, key).models.list().data[0].id == "served"
        with pytest.raises(openai.AuthenticationError) as error:
            connect(server, "third").models.list()
        assert error.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            connect(server, "# ours").models.list()
        assert server.get("/metrics")[0] == 401
        assert server.get("/health")[0] == 200
        assert "first" not in "".join(server.output + server.log)


def test_a_key_with_white_space_is_refused_with_its_line(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("first\n\nsecond # of the two\n")
    process = subprocess.run(
        command("serve", "--api-key-file", str(keys)), cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert process.returncode == 1 and f"{keys}, line 3: a key has no white space" in process.stderr


def test_a_vocabulary_that_is_not_the_tokenizers_is_refused_at_the_start(tmp_path):
    built_in = pathlib.Path(REPOSITORY, "Models/tiny-paged")
    for file in built_in.iterdir():
        (tmp_path / file.name).symlink_to(file)
    path = tmp_path / "genai_config.json"
    settings = json.loads(path.read_text())
    path.unlink()
    for size, words in [(10, "must be at least 2048, the tokens of tokenizer.json, got 10"),
                        (4096, "must be at most 2048, the values of the graph's logits, got 4096")]:
        settings["model"].update(vocab_size=size, eos_token_id=2)
        path.write_text(json.dumps(settings))
        process = subprocess.run(
            command("serve", "--port", "0", model=str(tmp_path)), cwd=REPOSITORY, capture_output=True, text=True,
            timeout=120)
        assert process.returncode == 1 and "model.vocab_size " + words in process.stderr


def test_results_that_cannot_be_written_are_refused_before_they_are_measured(tmp_path):
    path = tmp_path / "nowhere" / "x.json"
    process = subprocess.run(
        command("bench", "engine", "--json", str(path), model=None), cwd=REPOSITORY, capture_output=True, text=True,
        timeout=60)
    assert process.returncode == 1 and f"{path.parent} is not a folder" in process.stderr
    assert not process.stdout


def test_sigterm_lets_running_streams_finish_and_refuses_new_ones():
    with Server() as server:
        client = connect(server)
        chunks = iter(stream(client, **LONG))
        next(chunks)
        server.signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while server.get("/health")[0] == 200 and time.monotonic() < deadline:
            pass
        with pytest.raises((openai.InternalServerError, openai.APIConnectionError)) as error:
            client.completions.create(model=None, prompt="x", extra_body={"model": None})
        if isinstance(error.value, openai.InternalServerError):
            assert error.value.status_code == 503
            assert "retry-after" in error.value.response.headers
        rest = list(chunks)
        assert rest[-1].choices[0].finish_reason == "length"
        assert server.wait() == 0


def test_a_second_signal_stops_running_streams():
    with Server("--drain-seconds", "600") as server:
        model = connect(server).models.list().data[0]
        many = {**LONG, "max_tokens": model.max_model_len - 32}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            def consume(_):
                try:
                    return len(list(stream(connect(server), **many)))
                except openai.APIError as error:
                    return error

            results = [pool.submit(consume, i) for i in range(4)]
            while server.metric("vllm:num_requests_running") < 4:
                time.sleep(0.005)
            begin = time.monotonic()
            server.signal(signal.SIGINT)
            while not any("Draining" in line for line in server.log):
                assert time.monotonic() - begin < 20
                time.sleep(0.005)
            server.signal(signal.SIGINT)
            assert server.wait(30) == 0
            assert "Draining 4 requests for up to 600 s; press Ctrl-C again to stop now.\n" in server.log
            assert time.monotonic() - begin < 20
            for result in results:
                result.result()


def test_a_half_sent_request_does_not_hold_up_the_end():
    with Server() as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        server.get("/health")
        begin = time.monotonic()
        server.signal()
        assert server.wait(20) == 0
        assert time.monotonic() - begin < 5


def test_a_full_queue_is_429_with_retry_after():
    with Server("--max-queue", "1", "--max-sequences", "1") as server:
        client = connect(server)
        statuses = []
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            def consume(_):
                try:
                    return list(stream(connect(server), **LONG))[-1].choices[0].finish_reason
                except openai.RateLimitError as error:
                    assert int(error.response.headers["retry-after"]) >= 1
                    assert error.code == "queue_full"
                    return 429

            statuses = list(pool.map(consume, range(12)))
        assert 429 in statuses and "length" in statuses
        client.models.list()


def test_log_lines_have_numbers_and_no_prompts():
    with Server() as server:
        connect(server).completions.create(
            model=connect(server).models.list().data[0].id, prompt="xylophone", max_tokens=2)
        server.signal()
        assert server.wait() == 0
        line = next(line for line in server.log if "/v1/completions" in line)
        for word in ("id=", "status=200", "prompt=", "cached=", "generated=", "ttft_ms=", "total_ms="):
            assert word in line
        assert "xylophone" not in "".join(server.log)


def generate(*arguments, **options):
    return subprocess.run(
        command("generate", *arguments), cwd=REPOSITORY, capture_output=True, text=True,
        timeout=120, **options)


def test_generate_writes_only_the_text_to_standard_output():
    first = generate("--max-tokens", "8", "Hello!")
    assert first.returncode == 0, first.stderr
    assert "tokens/s" in first.stderr and "tokens/s" not in first.stdout
    assert generate("--max-tokens", "8", "-", input="Hello!").stdout == first.stdout
    raw = generate("--raw", "--ignore-eos", "--max-tokens", "8", "Once")
    assert raw.returncode == 0 and raw.stdout.strip()
    assert "8 new" in raw.stderr


def test_generate_chats_and_remembers():
    chat = generate("--interactive", "--max-tokens", "4", input="Hello!\nAnd you?\n/exit\n")
    assert chat.returncode == 0, chat.stderr
    prompts = [int(n) for n in re.findall(r"\[(\d+) prompt tokens", chat.stderr)]
    assert len(prompts) == 2 and prompts[1] > prompts[0] + 4


def test_mistakes_on_the_command_line_are_named():
    for arguments, word in [
        (["serve", "--port", "70000"], "70000"), (["serve", "--kv-cache-memory", "lots"], "lots"),
        (["serve", "--model", "/nowhere"], "/nowhere"), (["generate"], "PROMPT"),
        (["serve", "--block-size", "17"], "17"), (["serve", "--threads", "5000"], "1024"),
        (["serve", "--drain-seconds", "100000"], "86400"),
        (["serve", "--max-queue", "9999999"], "1048576"),
        (["serve", "--allowed-origin", "page.example"], "https://example.com"),
        (["serve", "--allowed-origin", "https://page.example/"], "https://page.example/"),
        (["serve", "--allowed-host", "page.example:80"], "without scheme and port"),
    ]:
        result = subprocess.run(
            [BINARY, *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
        assert result.returncode != 0
        assert word in result.stderr
