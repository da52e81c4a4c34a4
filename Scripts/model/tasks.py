"""All tasks together, and the split of their instances into training and held-out."""

from __future__ import annotations

import hashlib
from random import Random

import facts  # noqa: F401  registers its tasks, like the next three
import lists  # noqa: F401
import reading  # noqa: F401
import sums  # noqa: F401
from task import TASKS, Drawn


def held_out(key: str) -> bool:
    """Whether an instance belongs to the held-out part: one in forty, by hash."""
    return hashlib.sha256(key.encode()).digest()[0] % 40 == 0


def draw(r: Random, unseen: bool = False) -> tuple[str, Drawn]:
    """A task, chosen by its share, and an instance of it from the training or the held-out part."""
    name = r.choices(list(TASKS), [share for share, _ in TASKS.values()])[0]
    return name, draw_from(r, name, unseen)


def draw_from(r: Random, name: str, unseen: bool = False) -> Drawn:
    """An instance of one task from the training or the held-out part."""
    while True:
        drawn = TASKS[name][1](r)
        if held_out(drawn[0]) == unseen:
            return drawn
