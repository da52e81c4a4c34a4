"""Questions about numbers: sums, counting, comparing."""

from __future__ import annotations

from random import Random

from task import Drawn, fact, task
from words import NAMES, number_words


@task(5.0)
def addition(r: Random) -> Drawn:
    a, b = (
        (r.randrange(10), r.randrange(10))
        if r.random() < 0.12
        else (r.randrange(100), r.randrange(100))
    )
    if r.random() < 0.15:
        b = r.randrange(10)
    asked = [
        "What is {a} + {b}?",
        "{a} + {b}",
        "{a} + {b} =",
        "{a}+{b}",
        "Add {a} and {b}.",
        "What is {a} plus {b}?",
        "How much is {a} + {b}?",
        "Calculate {a} + {b}.",
        "What's {a} + {b}?",
        "What is the sum of {a} and {b}?",
        "{a}+{b}=?",
    ]
    return f"{a}+{b}", r.choice(asked).format(a=a, b=b), f"{a} + {b} = {a + b}"


@task(6.0)
def subtraction(r: Random) -> Drawn:
    a, b = r.randrange(100), r.randrange(100)
    if r.random() < 0.15:
        b = r.randrange(10)
    if a < b and r.random() < 0.85:
        a, b = b, a
    asked = [
        "What is {a} - {b}?",
        "{a} - {b}",
        "{a} - {b} =",
        "{a}-{b}",
        "Subtract {b} from {a}.",
        "What is {a} minus {b}?",
        "How much is {a} - {b}?",
        "Calculate {a} - {b}.",
        "What's {a} - {b}?",
        "Take {b} away from {a}.",
        "{a}-{b}=?",
    ]
    return f"{a}-{b}", r.choice(asked).format(a=a, b=b), f"{a} - {b} = {a - b}"


@task(1.2)
def times_table(r: Random) -> Drawn:
    a, b = r.randrange(11), r.randrange(11)
    asked = [
        "What is {a} * {b}?",
        "{a} * {b}",
        "What is {a} times {b}?",
        "Multiply {a} by {b}.",
        "How much is {a} x {b}?",
        "{a} x {b} =",
    ]
    return fact(r, "times", asked, "{a} * {b} = {c}", a=a, b=b, c=a * b)


@task(2.5)
def word_problem(r: Random) -> Drawn:
    name, thing = (
        r.choice(NAMES),
        r.choice("apples pears coins books shells stones cakes eggs balls stars".split()),
    )
    a = r.randrange(2, 21)
    if r.random() < 0.5:
        b = r.randrange(1, 11)
        more = r.choice(["finds {b} more", "gets {b} more", "buys {b} more", "is given {b} more"])
        total = a + b
    else:
        b = r.randrange(1, a)
        more = r.choice(["loses {b}", "gives away {b}", "sells {b}", "drops {b}"])
        total = a - b
    text = f"{name} has {a} {thing} and {more.format(b=b)}. How many {thing} does {name} have now?"
    return (
        f"{name}{thing}{a}{total}",
        text,
        f"{name} has {total} {thing if total != 1 else thing[:-1]} now.",
    )


@task(0.8)
def number_name(r: Random) -> Drawn:
    n = r.randrange(101)
    if r.random() < 0.5:
        return fact(
            r,
            "words",
            [
                "Write {n} in words.",
                "Write the number {n} in words.",
                "How do you spell the number {n}?",
            ],
            "{w}",
            n=n,
            w=number_words(n),
        )
    return fact(
        r,
        "digits",
        ["Write {w} in digits.", "Write {w} as a number.", "What is {w} in digits?"],
        "{n}",
        n=n,
        w=number_words(n),
    )


@task(1.5)
def counting(r: Random) -> Drawn:
    start, length = r.randrange(1, 90), r.randrange(3, 11)
    kind = r.randrange(4)
    if r.random() < 0.3:
        start = 1
    end = start + length
    if kind == 0:
        start, end = end, start
        asked = [
            "Count down from {a} to {b}.",
            "Count backwards from {a} to {b}.",
            "Count from {a} down to {b}.",
        ]
        numbers = range(start, end - 1, -1)
    elif kind == 1:
        asked = [
            "What number comes after {a}?",
            "Which number comes after {a}?",
            "What comes after {a}?",
            "What is the next number after {a}?",
        ]
        return fact(r, "next", asked, "{b} comes after {a}.", a=start, b=start + 1)
    else:
        asked = [
            "Count from {a} to {b}.",
            "Count up from {a} to {b}.",
            "Please count from {a} to {b}.",
            "List the numbers from {a} to {b}.",
        ]
        numbers = range(start, end + 1)
    return (
        f"count{start}to{end}",
        r.choice(asked).format(a=start, b=end),
        ", ".join(map(str, numbers)),
    )


@task(1.5)
def comparison(r: Random) -> Drawn:
    a, b = r.sample(range(100), 2)
    kind = r.randrange(3)
    if kind == 0:
        asked = [
            "Which is bigger, {a} or {b}?",
            "Which number is bigger, {a} or {b}?",
            "What is larger, {a} or {b}?",
            "Is {a} or {b} bigger?",
        ]
        return (
            f"max{a},{b}",
            r.choice(asked).format(a=a, b=b),
            f"{max(a, b)} is bigger than {min(a, b)}.",
        )
    if kind == 1:
        asked = [
            "Which is smaller, {a} or {b}?",
            "Which number is smaller, {a} or {b}?",
            "What is smaller, {a} or {b}?",
            "Is {a} or {b} smaller?",
        ]
        return (
            f"min{a},{b}",
            r.choice(asked).format(a=a, b=b),
            f"{min(a, b)} is smaller than {max(a, b)}.",
        )
    asked = ["Is {a} even or odd?", "Is {a} an even or an odd number?", "Is {a} odd or even?"]
    return fact(r, "parity", asked, f"{a} is {'odd' if a % 2 else 'even'}.", a=a)
