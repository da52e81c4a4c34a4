#!/usr/bin/env python3
"""onnxruntime-genai as a peer of `paged bench engine`.

Started once; for every line of JSON on standard input,
`{"prompts": [[token, ...], ...], "newTokens": n}`, it generates n tokens for all prompts at once, greedily and
ignoring end-of-sequence tokens, and answers with a line `{"tokens": n, "seconds": s}`. The first line it writes
names it: `{"name": "..."}`.

    genai.py engine FOLDER PLUGIN   its continuous-batching Engine on the same paged model; PLUGIN is the name of our
                            library in FOLDER
    genai.py generator FOLDER       its Generator, a padded batch over a dense cache (GroupQueryAttention)
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


def generator(folder: str) -> Callable[[Prompts, int], int]:
    """A Generator per job, its batch all prompts, which have one length."""
    model = og.Model(folder)

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
    run = engine(folder, *rest) if kind == "engine" else generator(folder)
    print(json.dumps({"name": f"onnxruntime-genai {og.__version__} {kind.capitalize()}"}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        begin = time.perf_counter()
        tokens = run(job["prompts"], job["newTokens"])
        print(json.dumps({"tokens": tokens, "seconds": time.perf_counter() - begin}), flush=True)


if __name__ == "__main__":
    main()
