"""Questions whose answer stands in the text before them."""

from __future__ import annotations

from random import Random

from task import Drawn, task
from words import KINDS, NAMES, NOUNS, article


@task(7.0)
def reading(r: Random) -> Drawn:
    people = r.sample(NAMES, r.randrange(2, 5))
    colours, things = (
        KINDS["colour"],
        [n for n in NOUNS if n in "ball box bag cup bell boat key book lamp bottle basket".split()],
    )
    owned = [(f"{r.choice(colours)}", thing) for thing in r.sample(things, len(people))]
    places = r.sample(
        "kitchen garden school market forest park library castle village barn".split(), len(people)
    )
    asked_of = r.randrange(len(people))
    name, (shade, thing), place = people[asked_of], owned[asked_of], places[asked_of]
    if r.random() < 0.35:
        verb = r.choice(["is in", "went to", "is at"])
        text = " ".join(f"{p} {verb} the {q}." for p, q in zip(people, places))
        return (
            text + name,
            f"{text} Where is {name}?",
            f"{name} is {'at' if verb == 'is at' else 'in'} the {place}.",
        )
    text = " ".join(f"{p} has {article(c)} {t}." for p, (c, t) in zip(people, owned))
    question, answer = r.choice(
        [
            (f"What does {name} have?", f"{name} has {article(shade)} {thing}."),
            (f"Who has the {thing}?", f"{name} has the {thing}."),
            (f"What {r.choice(['colour', 'color'])} is the {thing}?", f"The {thing} is {shade}."),
        ]
    )
    return text + question, f"{text} {question}", answer
