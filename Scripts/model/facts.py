"""Questions of fact: capitals, colours, animals, opposites, the calendar and the like."""

from __future__ import annotations

from random import Random

from task import Drawn, fact, task, upper_first
from words import (
    ANIMALS,
    CAPITALS,
    COLOURS,
    DAYS,
    EMOJI,
    JOBS,
    KINDS,
    LEGS,
    MONTH_DAYS,
    MONTHS,
    OPPOSITES,
    ORDINALS,
    PAST,
    PLURALS,
    SHAPES,
    TRANSLATIONS,
    USES,
    article,
    number_words,
)


@task(2.5)
def capital(r: Random) -> Drawn:
    country = r.choice(list(CAPITALS))
    values = {"country": country, "city": CAPITALS[country]}
    if r.random() < 0.25:
        asked = [
            "{city} is the capital of which country?",
            "Which country has {city} as its capital?",
            "What country is {city} the capital of?",
            "Of which country is {city} the capital?",
        ]
        return fact(r, "country", asked, "{city} is the capital of {country}.", **values)
    asked = [
        "What is the capital of {country}?",
        "What's the capital of {country}?",
        "Name the capital of {country}.",
        "Which city is the capital of {country}?",
        "Tell me the capital of {country}.",
        "What is {country}'s capital?",
        "The capital of {country}?",
        "Do you know the capital of {country}?",
        "What is the capital city of {country}?",
    ]
    return fact(r, "capital", asked, "The capital of {country} is {city}.", **values)


@task(1.5)
def opposite(r: Random) -> Drawn:
    pair = list(r.choice(OPPOSITES))
    r.shuffle(pair)
    asked = [
        "What is the opposite of {a}?",
        "What's the opposite of {a}?",
        "Give me the opposite of {a}.",
        "Tell me the opposite of {a}.",
        "Which word is the opposite of {a}?",
        "What is the opposite of the word {a}?",
    ]
    return fact(r, "opposite", asked, "The opposite of {a} is {b}.", a=pair[0], b=pair[1])


@task(1.0)
def colour(r: Random) -> Drawn:
    thing = r.choice(list(COLOURS))
    word = r.choice(["colour", "color"])
    asked = [
        "What {word} is {thing}?",
        "Which {word} is {thing}?",
        "What is the {word} of {thing}?",
        "Tell me the {word} of {thing}.",
    ]
    return fact(
        r,
        "colour",
        asked,
        "{Thing} is {colour}.",
        word=word,
        thing=thing,
        Thing=upper_first(thing),
        colour=COLOURS[thing],
    )


@task(1.5)
def animal(r: Random) -> Drawn:
    name = r.choice(list(ANIMALS))
    sound, young, home = ANIMALS[name]
    values = {
        "name": name,
        "an": article(name),
        "An": upper_first(article(name)),
        "sound": sound,
        "young": article(young),
        "home": article(home),
    }
    kind = r.randrange(4)
    if kind == 0:
        asked = [
            "What sound does {an} make?",
            "What does {an} say?",
            "What noise does {an} make?",
            "Which sound does {an} make?",
        ]
        return fact(r, "sound", asked, "{An} says {sound}.", **values)
    if kind == 1:
        asked = [
            "What is a baby {name} called?",
            "What do you call a baby {name}?",
            "What is a young {name} called?",
        ]
        return fact(r, "young", asked, "A baby {name} is called {young}.", **values)
    if kind == 2:
        asked = ["Where does {an} live?", "What is the home of {an}?", "Where can {an} live?"]
        return fact(r, "home", asked, "{An} can live in {home}.", **values)
    name = r.choice(list(LEGS))
    asked = [
        "How many legs does {name} have?",
        "How many legs has {name}?",
        "Tell me how many legs {name} has.",
    ]
    return fact(
        r,
        "legs",
        asked,
        "{Name} has {legs} legs.",
        name=name,
        Name=upper_first(name),
        legs=LEGS[name],
    )


@task(1.0)
def use(r: Random) -> Drawn:
    thing = r.choice(list(USES))
    are = "What is {thing} used for?"
    asked = [
        are,
        are,
        "What do you use {thing} for?",
        "What can you do with {thing}?",
        "Why do people use {thing}?",
        "What is {thing} for?",
    ]
    return fact(r, "use", asked, "You use {thing} to {use}.", thing=thing, use=USES[thing])


@task(0.6)
def job(r: Random) -> Drawn:
    name = r.choice(list(JOBS))
    values = {"name": article(name), "Name": upper_first(article(name)), "does": JOBS[name]}
    if r.random() < 0.5:
        return fact(
            r,
            "job",
            ["Who {does}?", "Which person {does}?", "What do you call someone who {does}?"],
            "{Name} {does}.",
            **values,
        )
    return fact(
        r,
        "job",
        ["What does {name} do?", "What is the job of {name}?", "Tell me what {name} does."],
        "{Name} {does}.",
        **values,
    )


@task(0.8)
def grammar(r: Random) -> Drawn:
    if r.random() < 0.5:
        word = r.choice(list(PLURALS))
        asked = [
            "What is the plural of {a}?",
            "What's the plural of {a}?",
            "Give the plural of {a}.",
            "Tell me the plural of {a}.",
        ]
        return fact(r, "plural", asked, "The plural of {a} is {b}.", a=word, b=PLURALS[word])
    word = r.choice(list(PAST))
    asked = [
        "What is the past tense of {a}?",
        "What's the past tense of {a}?",
        "Give the past tense of {a}.",
        "Tell me the past tense of {a}.",
    ]
    return fact(r, "past", asked, "The past tense of {a} is {b}.", a=word, b=PAST[word])


@task(0.8)
def translation(r: Random) -> Drawn:
    word = r.choice(list(TRANSLATIONS))
    index = r.randrange(3)
    values = {
        "word": word,
        "language": ("French", "Spanish", "German")[index],
        "other": TRANSLATIONS[word][index],
    }
    asked = [
        'How do you say "{word}" in {language}?',
        "What is {word} in {language}?",
        "Translate {word} to {language}.",
        'Translate "{word}" into {language}.',
        "What is the {language} word for {word}?",
    ]
    return fact(r, "translation", asked, 'In {language}, "{word}" is "{other}".', **values)


@task(0.3)
def emoji(r: Random) -> Drawn:
    thing = r.choice(list(EMOJI))
    asked = [
        "Show me an emoji of {thing}.",
        "Which emoji shows {thing}?",
        "Give me the emoji for {thing}.",
        "What is the emoji for {thing}?",
    ]
    return fact(r, "emoji", asked, "{emoji}", thing=thing, emoji=EMOJI[thing])


@task(1.6)
def calendar(r: Random) -> Drawn:
    kind = r.randrange(5)
    names, unit = (DAYS, "day") if r.random() < 0.5 else (MONTHS, "month")
    i = r.randrange(len(names))
    values = {
        "a": names[i],
        "unit": unit,
        "next": names[(i + 1) % len(names)],
        "last": names[i - 1],
    }
    if kind < 2:
        asked = [
            "What {unit} comes after {a}?",
            "Which {unit} comes after {a}?",
            "Which {unit} follows {a}?",
            "What is the {unit} after {a}?",
            "Tell me the {unit} after {a}.",
        ]
        return fact(r, "after", asked, "{next} comes after {a}.", **values)
    if kind == 2:
        asked = [
            "What {unit} comes before {a}?",
            "Which {unit} comes before {a}?",
            "What is the {unit} before {a}?",
            "Tell me the {unit} before {a}.",
        ]
        return fact(r, "before", asked, "{last} comes before {a}.", **values)
    month = r.randrange(12)
    values = {"month": MONTHS[month], "days": MONTH_DAYS[MONTHS[month]], "nth": ORDINALS[month]}
    if kind == 3:
        asked = [
            "How many days are in {month}?",
            "How many days does {month} have?",
            "How long is {month}?",
        ]
        return fact(r, "length", asked, "{month} has {days} days.", **values)
    asked = [
        "What is the {nth} month of the year?",
        "Which month is the {nth} month?",
        "Name the {nth} month of the year.",
    ]
    return fact(r, "nth", asked, "The {nth} month is {month}.", **values)


@task(0.5)
def simple_fact(r: Random) -> Drawn:
    shape = r.choice(list(SHAPES))
    asked = {
        "How many sides does {shape} have?": "{Shape} has {sides} sides.",
        "How many corners does {shape} have?": "{Shape} has {sides} corners.",
        "How many days are in a week?": "There are seven days in a week.",
        "How many months are in a year?": "There are twelve months in a year.",
        "How many hours are in a day?": "There are twenty-four hours in a day.",
        "How many minutes are in an hour?": "There are sixty minutes in an hour.",
        "What are the days of the week?": "The days of the week are "
        + ", ".join(DAYS[:-1])
        + " and Sunday.",
        "Name the seasons.": "The seasons are spring, summer, autumn and winter.",
        "What are the seasons of the year?": "The seasons are spring, summer, autumn and winter.",
    }
    wording = r.choice(list(asked) + list(asked)[:2] * 4)
    values = {"shape": shape, "Shape": upper_first(shape), "sides": number_words(SHAPES[shape])}
    return wording.format(**values), wording.format(**values), asked[wording].format(**values)


@task(0.8)
def category(r: Random) -> Drawn:
    kind = r.choice(list(KINDS))
    word = r.choice(KINDS[kind])
    if kind == "animal" or r.random() < 0.5:
        others = [k for k in KINDS if word not in KINDS[k]]
        asked, yes = (kind, True) if r.random() < 0.5 else (r.choice(others), False)
        prompt = (
            f"Is {article(word)} {article(asked)}?"
            if kind not in ("colour", "drink")
            else f"Is {word} {article(asked)}?"
        )
        subject = word if kind in ("colour", "drink") else article(word)
        answer = (
            f"Yes, {subject} is {article(kind)}." if yes else f"No, {subject} is {article(kind)}."
        )
        return prompt, prompt, answer
    subject = word if kind in ("colour", "drink") else article(word)
    asked = ["What kind of thing is {s}?", "What is {s}?", "Tell me what {s} is."]
    return fact(
        r,
        "category",
        asked,
        "{S} is {kind}.",
        s=subject,
        S=upper_first(subject),
        kind=article(kind),
    )
