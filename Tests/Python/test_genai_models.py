"""`paged serve` on models that onnxruntime-genai exported for CPU: the tokens of the exported graphs, over HTTP, together."""

import concurrent.futures
import json
import re
import shutil

import openai
import pytest
from server_process import REPOSITORY, Server

FIXTURES = REPOSITORY / "Tests" / "Fixtures" / "genai"
GREEDY = json.loads((FIXTURES / "greedy.json").read_text())


@pytest.fixture
def folder(tmp_path, request):
    """A model folder with a tokenizer that writes token 7 as <7>."""
    folder = tmp_path / request.param
    shutil.copytree(FIXTURES / request.param, folder)
    shutil.copyfile(FIXTURES / "tokenizer.json", folder / "tokenizer.json")
    return folder


def tokens(client, model, case):
    """What the server says after a prompt, greedily."""
    answer = client.completions.create(
        model=model, prompt=case["prompt"], max_tokens=len(case["greedy"]), temperature=0, extra_body={"ignore_eos": True}
    )
    return [int(token) for token in re.findall(r"<(\d+)>", answer.choices[0].text)]


@pytest.mark.parametrize("folder", ["llama-int4", "qwen3-fp32", "phi4-mini-int4", "gemma2-int4", "gpt-oss-fp32"], indirect=True)
def test_served_tokens_are_those_of_the_export(folder):
    cases = [case for case in GREEDY[folder.name] if case["greedy"]] * 2
    limits = ["--max-tokens-per-step", "24", "--max-sequences", "6", "--kv-cache-memory", "4M"]
    with Server(str(folder), *limits, model=None) as server:
        client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=120)
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            answers = list(pool.map(lambda case: tokens(client, folder.name, case), cases))
    assert answers == [case["greedy"] for case in cases]
