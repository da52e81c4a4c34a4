"""onnxruntime-genai's Engine with the plugin on a CPU: continuous batching of a paged model.

Its tokens must be those of onnxruntime-genai's own Generator on the dense twin of the model.
"""

import json
import os
import pathlib
import shutil

import numpy as np
import onnxruntime_genai as og
import pytest

from genai_twin import make_twin

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODEL = pathlib.Path(os.environ.get("PAGED_MODEL", REPOSITORY / "Models" / "tiny-paged"))
END, MOST = 2, 48
QUESTIONS = [
    "What is the capital of France?",
    "What is the opposite of hot?",
    "What is 7 times 8?",
    "What is 12 plus 5?",
    "What color is the sky?",
    "How many legs does a spider have?",
    "Repeat after me: blue red green",
    "Count from one to ten.",
    "Reverse these words: cat dog sun moon",
]


@pytest.fixture(scope="module")
def folder(plugin, tmp_path_factory):
    """The model folder with the plugin in it, as `custom_ops_library` of its configuration."""
    folder = tmp_path_factory.mktemp("genai") / "paged"
    shutil.copytree(MODEL, folder)
    shutil.copy(plugin, folder)
    config = json.loads((folder / "genai_config.json").read_text())
    options = config["model"]["decoder"]["session_options"]
    options["custom_ops_library"] = pathlib.Path(plugin).name
    config["engine"]["dynamic_batching"] = {"block_size": 16, "num_blocks": 64, "max_batch_size": 8}
    (folder / "genai_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genai") / "twin"
    make_twin(MODEL, folder)
    return og.Model(str(folder))


@pytest.fixture(scope="module")
def engine(folder):
    return og.Engine(og.Model(str(folder)))


@pytest.fixture(scope="module")
def prompts(twin):
    tokenizer = og.Tokenizer(twin)
    template = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"
    return [tokenizer.encode(template.format(question)).tolist() for question in QUESTIONS]


@pytest.fixture(scope="module")
def answers(twin, prompts):
    return [generated(twin, prompt) for prompt in prompts]


def generated(twin, prompt):
    """Greedy tokens of the Generator, without the one that ends the answer."""
    parameters = og.GeneratorParams(twin)
    parameters.set_search_options(do_sample=False, max_length=len(prompt) + MOST)
    generator = og.Generator(twin, parameters)
    generator.append_tokens(np.array([prompt], np.int32))
    tokens = []
    while not generator.is_done():
        generator.generate_next_token()
        tokens.append(int(generator.get_next_tokens()[0]))
    return [token for token in tokens if token != END]


def begin(engine, prompt):
    """A greedy request for the answer to a prompt."""
    request = engine.create_request()
    turn = og.TurnOptions(request)
    turn.set_do_sample(False)
    turn.set_max_generated_tokens(MOST)
    request.begin_turn(np.array(prompt, np.int32), turn)
    return request


def run(engine, prompts, at_once):
    """Tokens of every prompt; the first `at_once` begin together, another with every step."""
    events = engine.create_event_buffer(64)
    waiting = list(range(len(prompts)))
    requests, tokens, unfinished = {}, [[] for _ in prompts], len(prompts)
    for _ in range(10_000):
        if not unfinished:
            return tokens
        for index in waiting[: 1 if requests else at_once]:
            requests[index] = begin(engine, prompts[index])
            waiting.remove(index)
        for event in engine.run(events):
            if event.error_code == og.EngineErrorCode.CAPACITY_DEFERRED:
                continue
            index = next(i for i, request in requests.items() if request == event.request)
            if event.flags.value & og.EngineEventFlags.TOKEN.value:
                tokens[index].append(event.token)
            if event.flags.value & og.EngineEventFlags.TURN_FINISHED.value:
                assert event.error_code == og.EngineErrorCode.NONE
                requests[index].close()
                unfinished -= 1
    pytest.fail("the Engine did not come to an end")


def test_the_answers_are_answers(twin, answers):
    """So that equal tokens mean something: the twin is a working model."""
    tokenizer = og.Tokenizer(twin)
    assert "Paris" in tokenizer.decode(answers[0])
    assert "cold" in tokenizer.decode(answers[1])


def test_requests_that_begin_together(engine, prompts, answers):
    assert run(engine, prompts, at_once=len(prompts)) == answers


@pytest.mark.parametrize("at_once", [1, 3])
def test_requests_that_join_while_others_run(engine, prompts, answers, at_once):
    assert run(engine, prompts, at_once) == answers


def test_more_requests_than_a_batch_holds(engine, prompts, answers):
    assert run(engine, prompts * 4, at_once=4 * len(prompts)) == answers * 4
