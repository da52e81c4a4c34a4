"""Tiny stories: a hero, a friend, a place, a thing, one trouble and how it ends.

A story keeps to its characters: the same names, pronouns, place and thing from the first
sentence to the last. The plot decides the sentences; every sentence has several wordings.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from plots import ABOUT, PLOTS, WITH_THING, Plot
from words import HE, NAMES, article

CREATURES = (
    "fox rabbit bear mouse owl frog duck cat dog hedgehog squirrel rabbit turtle lion elephant bird"
).split()
PET_NAMES = (
    "Pip Bella Coco Rusty Milo Daisy Nibbles Toby Luna Hazel Biscuit Pepper Sunny Willow Bruno "
    "Olive"
).split()
PET_HE = set("Pip Rusty Milo Toby Biscuit Bruno Nibbles Sunny".split())
TRAITS = "little brave kind small clever shy happy curious gentle young".split()
PLACES = {
    "forest": "in the forest",
    "village": "in a village",
    "farm": "on a farm",
    "garden": "in a garden",
    "mountain": "near a mountain",
    "lake": "by a lake",
    "sea": "by the sea",
    "river": "near a river",
    "town": "in a small town",
    "island": "on an island",
}
THINGS = (
    "red ball,blue kite,golden key,old map,little boat,silver bell,magic stone,warm hat,"
    "shiny coin,paper star,wooden flute,green lamp"
).split(",")
FOODS = "bread soup honey cake berries apples cheese nuts".split()


@dataclass(frozen=True)
class Person:
    """Someone in a story: what they are called and how the text refers to them."""

    name: str
    kind: str
    he: str
    him: str
    his: str

    @property
    def He(self) -> str:
        return self.he.capitalize()

    @property
    def His(self) -> str:
        return self.his.capitalize()


def person(r: Random, kind: str | None = None, name: str | None = None, taken: str = "") -> Person:
    """A character that is not called `taken`: a child or an animal with a name."""
    kind = kind or (r.choice(["boy", "girl"]) if r.random() < 0.35 else r.choice(CREATURES))
    child = kind in ("boy", "girl")
    if name is None:
        pool = [n for n in NAMES if (n in HE) == (kind == "boy")] if child else PET_NAMES
        name = r.choice([n for n in pool if n != taken])
    male = kind == "boy" or (not child and name in PET_HE)
    return Person(name, kind, *(("he", "him", "his") if male else ("she", "her", "her")))


class Teller:
    """Holds the choices of one story and fills sentences with them."""

    def __init__(
        self,
        r: Random,
        kind: str | None = None,
        name: str | None = None,
        thing: str | None = None,
        place: str | None = None,
    ) -> None:
        self.r = r
        self.hero = person(r, kind, name)
        self.friend = person(r, taken=self.hero.name)
        self.trait, self.place = r.choice(TRAITS), place or r.choice(list(PLACES))
        self.thing, self.food = thing or r.choice(THINGS), r.choice(FOODS)
        self.sentences: list[str] = []

    def say(self, *wordings: str, chance: float = 1.0) -> None:
        """Add one of the wordings, with the given probability."""
        if self.r.random() >= chance:
            return
        h, f = self.hero, self.friend
        self.sentences.append(
            self.r.choice(wordings).format(
                H=h.name,
                h=h.kind,
                he=h.he,
                He=h.He,
                him=h.him,
                his=h.his,
                His=h.His,
                F=f.name,
                f=f.kind,
                af=article(f.kind),
                fhe=f.he,
                fHe=f.He,
                fhim=f.him,
                fhis=f.his,
                trait=self.trait,
                atrait=article(self.trait),
                where=PLACES[self.place],
                place=self.place,
                thing=self.thing,
                athing=article(self.thing),
                it=self.thing.split()[-1],
                food=self.food,
            )
        )

    def opening(self) -> None:
        self.say(
            "Once upon a time, there was {atrait} {h} named {H}.",
            "Once upon a time, {atrait} {h} named {H} lived {where}.",
            "There once was {atrait} {h} called {H}.",
            "{H} was {atrait} {h} who lived {where}.",
            "Long ago, {atrait} {h} named {H} lived {where}.",
        )
        if PLACES[self.place] not in self.sentences[0]:
            self.say(
                "{He} lived {where}.",
                "{H} lived {where} with {his} family.",
                "{His} home was {where}.",
            )
        self.say(
            "{He} loved to play with {his} friend {F}.",
            "{H} had a good friend, {af} named {F}.",
            "{His} best friend was {af} named {F}.",
        )
        self.say(
            "Every day they played together {where}.",
            "They liked to sing and dance together.",
            "The two friends did everything together.",
            chance=0.4,
        )
        self.say(
            "One day, the sun was shining and the sky was blue.",
            "One morning, the air was cool and fresh.",
            "One day, it was raining a little.",
            "It was a warm summer day.",
            "One cold winter morning, there was snow on the ground.",
            chance=0.6,
        )

    def ending(self) -> None:
        self.say(
            "They all lived happily ever after.",
            "From that day on, they were even better friends.",
            "That night, {H} went to sleep with a smile.",
            "{H} went home with a happy heart.",
            "It was the best day of all.",
            "And {H} never forgot that day.",
            "The end.",
        )


def tell(r: Random, plot: Plot | None = None, **given: str | None) -> Teller:
    """A whole story. `given` may fix the hero's kind and name, the thing and the place."""
    plot = plot or r.choice(PLOTS)
    teller = Teller(r, **given)
    teller.opening()
    plot(teller)
    teller.ending()
    return teller


def text(t: Teller) -> str:
    """The story as one paragraph, or as two or three."""
    if t.r.random() < 0.6:
        return " ".join(t.sentences)
    cut = t.r.randrange(2, len(t.sentences) - 2)
    return " ".join(t.sentences[:cut]) + "\n\n" + " ".join(t.sentences[cut:])


def request(r: Random) -> tuple[str, Teller]:
    """A wish for a story and a story that fulfils it."""
    kind = r.choice(CREATURES + ["boy", "girl"] * 3)
    whose = person(r, kind)
    place, thing, plot = r.choice(list(PLACES)), r.choice(THINGS), r.choice(PLOTS)
    ask = r.choice(
        [
            "Tell me a story",
            "Tell me a short story",
            "Write a story",
            "Write a short story",
            "Can you tell me a story",
            "Please write a tiny story",
            "I want a story",
            "Make up a story",
            "Tell a story",
            "Please tell me a story",
            "Give me a short story",
        ]
    )
    end = "?" if ask.startswith("Can") else "."
    wish = r.randrange(7)
    if wish == 0:
        return ask + end, tell(r)
    if wish == 1:
        return f"{ask} about {article(kind)}{end}", tell(r, kind=kind)
    if wish == 2:
        return f"{ask} about {article(kind)} named {whose.name}{end}", tell(
            r, kind=kind, name=whose.name
        )
    if wish == 3:
        plot = r.choice(sorted(WITH_THING, key=lambda p: p.__name__))
        return f"{ask} about {article(kind)} and {article(thing)}{end}", tell(
            r, plot, kind=kind, thing=thing
        )
    if wish == 4:
        where = PLACES[place]
        return f"{ask} about {article(kind)} {where}{end}", tell(r, kind=kind, place=place)
    if wish == 5:
        return f"{ask} about {ABOUT[plot.__name__]}{end}", tell(r, plot)
    return f"{ask} about {article(kind)} and {ABOUT[plot.__name__]}{end}", tell(r, plot, kind=kind)
