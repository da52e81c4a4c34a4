#!/usr/bin/env python3
"""onnxruntime-genai as a peer of `paged bench engine`.

Started once; for every line of JSON on standard input,
`{"prompts": [[token, ...], ...], "newTokens": n}`, it generates n tokens for all prompts at once, greedily and
ignoring end-of-sequence tokens, and answers with a line `{"tokens": n, "seconds": s}`. The first line it writes
names it: `{"name": "..."}`.

    genai.py engine FOLDER PLUGIN   its continuous-batching Engine on the same paged model; PLUGIN is the name of our
                            library in FOLDER
    genai.py generator FOLDER [THREADS]       its Generator, a padded batch over a dense cache (GroupQueryAttention): all prompts
                            must be there, and as long, when it starts
    genai.py one-by-one FOLDER [THREADS]      its Generator for one prompt after the other, as requests that come at any time get it
"""

import json
import sys
import time
from typing import Callable

import numpy as np
import onnxruntime_genai as og

Prompts = list[list[int]]


def engine(folder: str, plugin: str) -> Callable[[Prompts, int], int]:
    """One Engine for all jobs; every job is as many requests as it has prompts."""
    config = og.Config(folder)
    config.clear_providers()
    config.overlay(
        json.dumps(
            {
                "model": {"decoder": {"session_options": {"custom_ops_library": plugin}}},
                "engine": {
                    "dynamic_batching": {"block_size": 16, "num_blocks": 1024, "max_batch_size": 64}
                },
            }
        )
    )
    runner = og.Engine(og.Model(config))

    def run(prompts: Prompts, new_tokens: int) -> int:
        requests = []
        for prompt in prompts:
            request = runner.create_request()
            turn = og.TurnOptions(request)
            turn.set_do_sample(False)
            turn.set_max_generated_tokens(new_tokens)
            turn.set_min_generated_tokens(new_tokens)
            request.begin_turn(np.array(prompt, dtype=np.int32), turn)
            requests.append(request)
        events = runner.create_event_buffer(256)
        open_requests, tokens = len(requests), 0
        while open_requests:
            for event in runner.run(events):
                if event.flags.value & og.EngineEventFlags.TOKEN.value:
                    tokens += 1
                if event.flags.value & og.EngineEventFlags.TURN_FINISHED.value:
                    open_requests -= 1
        for request in requests:
            request.close()
        return tokens

    return run


def one_by_one(folder: str, threads: str | None = None) -> Callable[[Prompts, int], int]:
    """A Generator per prompt."""
    run = generator(folder, threads)
    return lambda prompts, new_tokens: sum(run([prompt], new_tokens) for prompt in prompts)


def generator(folder: str, threads: str | None = None) -> Callable[[Prompts, int], int]:
    """A Generator per job, its batch all prompts, which have one length."""
    config = og.Config(folder)
    if threads:
        options = {"session_options": {"intra_op_num_threads": int(threads)}}
        config.overlay(json.dumps({"model": {"decoder": options}}))
    model = og.Model(config)

    def run(prompts: Prompts, new_tokens: int) -> int:
        length = len(prompts[0]) + new_tokens
        params = og.GeneratorParams(model)
        params.set_search_options(
            do_sample=False, batch_size=len(prompts), max_length=length, min_length=length
        )
        batch = og.Generator(model, params)
        batch.append_tokens(np.array(prompts, dtype=np.int32))
        tokens = 0
        while not batch.is_done():
            batch.generate_next_token()
            tokens += len(prompts)
        return tokens

    return run


def main() -> None:
    """Answers jobs until standard input ends."""
    kind, folder, *rest = sys.argv[1:]
    kinds = {
        "engine": ("Engine", engine), "generator": ("Generator", generator),
        "one-by-one": ("Generator, one by one", one_by_one),
    }
    name, make = kinds[kind]
    run = make(folder, *rest)
    print(json.dumps({"name": f"onnxruntime-genai {og.__version__} {name}"}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        begin = time.perf_counter()
        tokens = run(job["prompts"], job["newTokens"])
        print(json.dumps({"tokens": tokens, "seconds": time.perf_counter() - begin}), flush=True)


if __name__ == "__main__":
    main()
