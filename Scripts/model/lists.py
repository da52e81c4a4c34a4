"""Work on lists and letters: sorting, repeating, reversing, picking, spelling."""

from __future__ import annotations

from random import Random

from task import Drawn, fact, task, upper_first
from words import KINDS, LIST_WORDS, article


def pseudo_word(r: Random) -> str:
    """A made-up word, so that copying is learnt for words outside the vocabulary too."""
    return "".join(
        r.choice("bcdfghjklmnprstvwz") + r.choice("aeiou") + r.choice(["", "", "n", "r", "l", "s"])
        for _ in range(r.randrange(1, 4))
    )


def word_list(r: Random, low: int, high: int, strange: float = 0.0) -> list[str]:
    """Different words; each is made up with probability `strange`."""
    words = r.sample(LIST_WORDS, r.randrange(low, high + 1))
    return [pseudo_word(r) if r.random() < strange else word for word in words]


@task(3.0)
def sort_words(r: Random) -> Drawn:
    words = word_list(r, 2, 5)
    asked = [
        "Sort these words: {w}",
        "Sort: {w}",
        "Put these words in alphabetical order: {w}",
        "Sort these words alphabetically: {w}",
        "Sort the words {w}.",
        "Put in alphabetical order: {w}",
        "Arrange these words from A to Z: {w}",
    ]
    return (
        "sort " + " ".join(words),
        r.choice(asked).format(w=", ".join(words)),
        ", ".join(sorted(words)),
    )


@task(2.5)
def sort_numbers(r: Random) -> Drawn:
    numbers = r.sample(range(100 if r.random() < 0.7 else 10), r.randrange(2, 6))
    text = ", ".join(map(str, numbers))
    if r.random() < 0.7:
        asked = [
            "Sort these numbers: {w}",
            "Sort: {w}",
            "Put these numbers in order: {w}",
            "Sort from smallest to largest: {w}",
            "Order these numbers from small to big: {w}",
            "Sort the numbers {w}.",
        ]
        return "sort " + text, r.choice(asked).format(w=text), ", ".join(map(str, sorted(numbers)))
    asked = [
        "Sort from largest to smallest: {w}",
        "Sort these numbers in descending order: {w}",
        "Order these numbers from big to small: {w}",
    ]
    return (
        "sort down " + text,
        r.choice(asked).format(w=text),
        ", ".join(map(str, sorted(numbers, reverse=True))),
    )


@task(2.0)
def extreme_number(r: Random) -> Drawn:
    numbers = r.sample(range(100 if r.random() < 0.7 else 10), r.randrange(3, 6))
    text = ", ".join(map(str, numbers))
    if r.random() < 0.5:
        asked = [
            "What is the largest number: {w}?",
            "Which is the biggest number: {w}?",
            "Find the largest number in this list: {w}",
            "What is the largest of {w}?",
        ]
        return (
            "largest " + text,
            r.choice(asked).format(w=text),
            f"The largest number is {max(numbers)}.",
        )
    asked = [
        "What is the smallest number: {w}?",
        "Which is the smallest number: {w}?",
        "Find the smallest number in this list: {w}",
        "What is the smallest of {w}?",
    ]
    return (
        "smallest " + text,
        r.choice(asked).format(w=text),
        f"The smallest number is {min(numbers)}.",
    )


@task(5.0)
def repeat(r: Random) -> Drawn:
    comma = r.random() < 0.6
    words = word_list(r, 1 if not comma else 2, 7, strange=r.choice([0.0, 0.3, 1.0]))
    text = (", " if comma else " ").join(words)
    asked = [
        "Repeat: {w}",
        "Repeat after me: {w}",
        "Say this: {w}",
        "Repeat these words: {w}",
        "Copy this: {w}",
        "Say: {w}",
        "Please repeat: {w}",
        'Say "{w}".',
        'Repeat "{w}".',
    ]
    return "repeat " + text, r.choice(asked).format(w=text), text


@task(3.0)
def reverse(r: Random) -> Drawn:
    words = word_list(r, 2, 6, strange=r.choice([0.0, 0.0, 0.3]))
    glue = ", " if r.random() < 0.6 else " "
    asked = [
        "Reverse this list: {w}",
        "Reverse: {w}",
        "Say these words in reverse order: {w}",
        "Say these words backwards: {w}",
        "Reverse the order of these words: {w}",
        "Write this list backwards: {w}",
    ]
    return (
        "reverse " + " ".join(words),
        r.choice(asked).format(w=glue.join(words)),
        glue.join(reversed(words)),
    )


@task(3.0)
def pick_word(r: Random) -> Drawn:
    words = word_list(r, 3, 6, strange=r.choice([0.0, 0.0, 0.3]))
    text = (", " if r.random() < 0.6 else " ").join(words)
    place = r.choice(["first", "last", "second", "third", "first", "last"])
    word = words[{"first": 0, "second": 1, "third": 2, "last": -1}[place]]
    asked = [
        "What is the {p} word in this list: {w}",
        "What is the {p} word: {w}",
        "Which word is {p}: {w}",
        "Tell me the {p} word of: {w}",
        "Give me the {p} word: {w}",
    ]
    return (
        f"{place} {text}",
        r.choice(asked).format(p=place, w=text),
        f"The {place} word is {word}.",
    )


@task(1.5)
def count_words(r: Random) -> Drawn:
    words = word_list(r, 1, 8)
    text = (", " if r.random() < 0.5 else " ").join(words)
    asked = [
        "How many words are in this list: {w}",
        "Count the words: {w}",
        "How many words are there: {w}",
        "Count these words: {w}",
    ]
    plural = "is 1 word" if len(words) == 1 else f"are {len(words)} words"
    return "count " + text, r.choice(asked).format(w=text), f"There {plural}."


@task(1.5)
def odd_one_out(r: Random) -> Drawn:
    first, second = r.sample([k for k in KINDS if k not in ("bird", "drink")], 2)
    odd = r.choice([w for w in KINDS[second] if w not in KINDS[first]])
    words = [w for w in r.sample(KINDS[first], 4) if w not in KINDS[second]][
        : r.randrange(2, 4)
    ] + [odd]
    r.shuffle(words)
    asked = [
        "Which word is not {k}: {w}",
        "Which one is not {k}: {w}",
        "One of these is not {k}. Which one? {w}",
    ]
    return (
        "odd " + " ".join(words),
        r.choice(asked).format(k=article(first), w=", ".join(words)),
        f"{upper_first(odd)} is not {article(first)}.",
    )


@task(4.0)
def contains(r: Random) -> Drawn:
    words = word_list(r, 3, 6)
    inside = r.random() < 0.5
    word = r.choice(words) if inside else r.choice([w for w in LIST_WORDS if w not in words])
    asked = [
        "Is {a} in this list: {w}",
        "Is the word {a} in this list: {w}",
        "Does this list have {a} in it: {w}",
        "Can you find {a} in this list: {w}",
    ]
    answer = f"Yes, {word} is in the list." if inside else f"No, {word} is not in the list."
    return f"contains {word} {words}", r.choice(asked).format(a=word, w=", ".join(words)), answer


@task(4.0)
def letters(r: Random) -> Drawn:
    word = r.choice(LIST_WORDS)
    kinds = [
        (
            [
                "How many letters are in {w}?",
                'How many letters are in the word "{w}"?',
                "How many letters does {w} have?",
                "Count the letters in {w}.",
            ],
            f"{upper_first(word)} has {len(word)} letters.",
        ),
        (
            [
                "What is the first letter of {w}?",
                "Which letter does {w} start with?",
                "What letter does {w} begin with?",
            ],
            f"The first letter of {word} is {word[0].upper()}.",
        ),
        (
            [
                "What is the last letter of {w}?",
                "Which letter does {w} end with?",
                "What letter is at the end of {w}?",
            ],
            f"The last letter of {word} is {word[-1].upper()}.",
        ),
        (
            ["Spell {w}.", "How do you spell {w}?", 'Spell the word "{w}".', "Spell the word {w}."],
            "-".join(word.upper()),
        ),
        (
            ["Write {w} in upper case.", "Write {w} in capital letters.", "Put {w} in upper case."],
            word.upper(),
        ),
    ]
    wordings, answer = r.choice(kinds)
    return fact(r, "letters", wordings, answer, w=word)


@task(0.4)
def alphabet(r: Random) -> Drawn:
    i = r.randrange(25)
    a, b = chr(65 + i), chr(66 + i)
    if r.random() < 0.6:
        asked = [
            "What letter comes after {a}?",
            "Which letter comes after {a}?",
            "What is the letter after {a}?",
            "Which letter follows {a}?",
        ]
        return fact(r, "letter", asked, "{b} comes after {a}.", a=a, b=b)
    return fact(
        r,
        "letter",
        [
            "What letter comes before {b}?",
            "Which letter comes before {b}?",
            "What is the letter before {b}?",
        ],
        "{a} comes before {b}.",
        a=a,
        b=b,
    )
