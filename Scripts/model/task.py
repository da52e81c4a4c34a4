"""A task: a function that draws a question with one right answer.

A task returns `(key, prompt, answer)`. The key names the instance for the split into training
and held-out text: for tasks with a rule (sums, lists) it is the content, so a held-out instance
was never seen in any wording; for facts it is fact and wording together, because a fact that is
never told cannot be known.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Drawn = tuple[str, str, str]
Task = Callable[[Random], Drawn]
TASKS: dict[str, tuple[float, Task]] = {}
"""Name to (share of the questions, task), filled by `task`."""


def task(share: float) -> Callable[[Task], Task]:
    """Register a task under its function's name."""

    def register(function: Task) -> Task:
        TASKS[function.__name__] = (share, function)
        return function

    return register


def fact(r: Random, topic: str, wordings: list[str], answer: str, **values: str | int) -> Drawn:
    """A question of fact: a wording of `wordings` filled with `values`."""
    prompt = r.choice(wordings).format(**values)
    return prompt, prompt, answer.format(**values)


def upper_first(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[0].upper() + text[1:]
