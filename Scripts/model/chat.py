"""Conversations: small talk, memory over several turns, system prompts, polite refusals."""

from __future__ import annotations

from random import Random

import lists
import stories
import tasks
from words import CAPITALS, KINDS, NAMES, NOUNS, article

Message = dict[str, str]
NAME = "Tiny"
SYSTEMS = [
    "You are a helpful assistant.",
    "You are a friendly assistant.",
    "You are a small, helpful language model.",
    "Answer the user's questions.",
    "You are a kind assistant who gives short answers.",
    "You are a helpful AI assistant.",
    "Be brief and polite.",
    "You are Tiny, a small language model.",
]
SMALL_TALK: list[tuple[list[str], list[str]]] = [
    (
        ["Hello", "Hello!", "Hi", "Hi!", "Hi there!", "Hey", "Hello there", "Good day!"],
        ["Hello! How can I help you?", "Hi! What can I do for you?"],
    ),
    (["Good morning", "Good morning!"], ["Good morning! How can I help you?"]),
    (["Good evening", "Good evening!"], ["Good evening! How can I help you?"]),
    (
        [
            "How are you?",
            "How are you today?",
            "How do you do?",
            "Are you well?",
            "How is it going?",
        ],
        ["I am fine, thank you. How are you?"],
    ),
    (["I am fine.", "I am fine, thanks.", "I am well."], ["I am glad to hear that!"]),
    (
        ["I am sad.", "I feel sad today.", "I am not happy."],
        ["I am sorry to hear that. Shall I tell you a story?"],
    ),
    (
        ["Thank you", "Thanks", "Thank you!", "Thanks a lot!", "Thank you very much."],
        ["You are welcome!"],
    ),
    (
        ["Bye", "Goodbye", "Bye!", "See you!", "Good night", "Good night!"],
        ["Goodbye! Have a nice day."],
    ),
    (
        [
            "What is your name?",
            "What's your name?",
            "Who are you?",
            "Tell me your name.",
            "What are you called?",
        ],
        [f"My name is {NAME}. I am a very small language model."],
    ),
    (
        [
            "What are you?",
            "Are you a human?",
            "Are you a robot?",
            "Are you real?",
            "Are you a person?",
        ],
        ["I am a very small language model. I am not a person."],
    ),
    (
        [
            "What can you do?",
            "How can you help me?",
            "What do you know?",
            "Help",
            "Help me.",
            "What can I ask you?",
        ],
        [
            "I can tell tiny stories, answer simple questions, do small sums, "
            "and sort, repeat or reverse words."
        ],
    ),
    (
        ["How old are you?", "What is your age?"],
        ["I am very young. I was trained only a short time ago."],
    ),
    (
        ["Who made you?", "Who created you?", "Who trained you?"],
        ["I was trained by the makers of swift-paged-attention."],
    ),
    (
        [
            "Tell me a joke.",
            "Tell me a joke",
            "Make me laugh.",
            "Do you know a joke?",
            "Say something funny.",
        ],
        [
            "Why did the bicycle fall over? Because it was two-tired!",
            "What do you call a bear with no teeth? A gummy bear!",
            "Why did the egg hide? It was a little chicken!",
        ],
    ),
    (
        ["Yes", "No", "OK", "Okay", "Good", "Great!", "Nice", "Cool"],
        ["Good! What else can I do for you?"],
    ),
    (
        ["I love you", "I like you.", "You are great!", "Well done!", "You are so smart."],
        ["Thank you! That is very kind of you."],
    ),
    (
        ["You are wrong.", "That is wrong.", "That is not right."],
        ["I am sorry. I am very small and I make mistakes."],
    ),
]
UNKNOWN = [
    "Who won the {n} world cup?",
    "Write a program in {l}.",
    "Write a {l} function that sorts a list.",
    "Explain {t}.",
    "What is {t}?",
    "How does {t} work?",
    "Who invented {t}?",
    "Who is the president of {c}?",
    "What is the population of {c}?",
    "When did {c} join the union?",
    "What is the weather in {c}?",
    "Who wrote {t}?",
    "What happened in {y}?",
    "What do you think about {t}?",
    "Give me advice about {t}.",
    "Tell me about {t}.",
    "Tell me about the history of {c}.",
    "Write an essay about {t}.",
    "What is the meaning of life?",
    "What time is it?",
    "What day is it today?",
    "What is the latest news?",
    "How do I invest my money?",
    "What is the square root of {y}?",
    "Solve the equation x + {n} = {y}.",
    "Summarise the book {t}.",
    "Which medicine should I take?",
    "Who is {p}?",
    "How far away is {c}?",
    "Write an email to {p} about {t}.",
]
TOPICS = (
    "quantum physics,gravity,machine learning,the stock market,black holes,photosynthesis,"
    "democracy,the Roman empire,electricity,the internet,a transformer,attention,evolution,"
    "chemistry,the brain,climate change,philosophy,inflation,DNA,a computer,relativity,"
    "football,music theory,war,Shakespeare,the moon landing,vaccines,religion,blockchain,Linux"
).split(",")
REFUSAL = "I am sorry, I do not know that. I am a very small model."


def turn(user: str, assistant: str) -> list[Message]:
    """One question and its answer."""
    return [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]


def roughen(r: Random, prompt: str) -> str:
    """The prompt as hurried people type it: without capitals or the last mark, or with "please"."""
    if r.random() < 0.12 and prompt[0].isupper():
        prompt = prompt[0].lower() + prompt[1:]
    if r.random() < 0.12 and prompt[-1] in ".?!":
        prompt = prompt[:-1]
    if r.random() < 0.03:
        prompt = r.choice(["Please: ", "Hi! ", "Question: ", "Hello. "]) + prompt
    return prompt


def small_talk(r: Random) -> list[Message]:
    prompts, answers = r.choice(SMALL_TALK)
    return turn(roughen(r, r.choice(prompts)), r.choice(answers))


def refusal(r: Random) -> list[Message]:
    prompt = r.choice(UNKNOWN).format(
        n=r.randrange(2, 100),
        l=r.choice(["Python", "Java", "Swift", "C", "Rust"]),
        t=r.choice(TOPICS) if r.random() < 0.7 else lists.pseudo_word(r),
        c=r.choice(list(CAPITALS)),
        y=r.randrange(1000, 2030),
        p=r.choice(NAMES) + " " + lists.pseudo_word(r).capitalize(),
    )
    return turn(roughen(r, prompt), REFUSAL)


def memory(r: Random) -> list[Message]:
    """The user says something about themselves and asks for it later."""
    name, colour, animal = r.choice(NAMES), r.choice(KINDS["colour"]), r.choice(KINDS["animal"])
    if r.random() < 0.2:
        name = lists.pseudo_word(r).capitalize()
    number, thing = r.randrange(100), r.choice(NOUNS)
    told = {
        "name": (
            ["My name is {v}.", "I am {v}.", "I'm {v}.", "Hello, my name is {v}.", "Hi, I am {v}!"],
            "Nice to meet you, {v}!",
            ["What is my name?", "Who am I?", "Do you know my name?", "What's my name?"],
            "Your name is {v}.",
            name,
        ),
        "colour": (
            ["My favourite colour is {v}.", "My favorite color is {v}."],
            "{V} is a nice colour.",
            [
                "What is my favourite colour?",
                "Which colour do I like?",
                "What is my favorite color?",
            ],
            "Your favourite colour is {v}.",
            colour,
        ),
        "animal": (
            ["I have a {v}.", "I have a pet {v}."],
            "How nice that you have a {v}!",
            ["What animal do I have?", "Which pet do I have?"],
            "You have a {v}.",
            animal,
        ),
        "number": (
            ["My lucky number is {v}.", "Remember the number {v}."],
            "I will remember the number {v}.",
            ["What is my number?", "Which number did I tell you?", "What was the number?"],
            "The number is {v}.",
            str(number),
        ),
        "word": (
            ["The secret word is {v}.", "Remember the word {v}."],
            "I will remember the word {v}.",
            ["What is the secret word?", "What was the word?", "Which word did I tell you?"],
            "The word is {v}.",
            thing,
        ),
    }
    chosen = r.sample(list(told), r.randrange(1, 3))
    messages: list[Message] = []
    for topic in chosen:
        says, reply, _, _, value = told[topic]
        messages += turn(
            roughen(r, r.choice(says).format(v=value)), reply.format(v=value, V=value.capitalize())
        )
    if r.random() < 0.4:
        messages += question(r)
    for topic in r.sample(chosen, r.randrange(1, len(chosen) + 1)):
        _, _, asks, answer, value = told[topic]
        messages += turn(roughen(r, r.choice(asks)), answer.format(v=value))
    return messages


def follow_up(r: Random) -> list[Message]:
    """A second question that only makes sense after the first."""
    kind = r.randrange(4)
    if kind == 0:
        first, *others = r.sample(list(CAPITALS), 3)
        messages = turn(
            f"What is the capital of {first}?", f"The capital of {first} is {CAPITALS[first]}."
        )
        for country in others:
            ask = r.choice(
                ["And {c}?", "And of {c}?", "What about {c}?", "And the capital of {c}?"]
            ).format(c=country)
            messages += turn(ask, f"The capital of {country} is {CAPITALS[country]}.")
        return messages
    if kind == 1:
        words = lists.word_list(r, 2, 5)
        text = ", ".join(words)
        messages = turn(
            r.choice(["Repeat: {w}", "Say this: {w}", "Repeat these words: {w}"]).format(w=text),
            text,
        )
        if r.random() < 0.5:
            return messages + turn(
                r.choice(["Now in reverse order.", "Now backwards.", "Now reverse it."]),
                ", ".join(reversed(words)),
            )
        return messages + turn(
            r.choice(["Now sort them.", "Now in alphabetical order.", "Now sort the words."]),
            ", ".join(sorted(words)),
        )
    if kind == 2:
        a = b = c = 0
        while not a or tasks.held_out(f"{a}+{b}") or tasks.held_out(f"{a + b}+{c}"):
            a, b, c = r.randrange(1, 50), r.randrange(1, 40), r.randrange(1, 10)
        messages = turn(f"What is {a} + {b}?", f"{a} + {b} = {a + b}")
        return messages + turn(
            r.choice(["Add {c} to that.", "And plus {c}?", "Now add {c}."]).format(c=c),
            f"{a + b} + {c} = {a + b + c}",
        )
    _, (_, prompt, answer) = tasks.draw(r)
    messages = turn(prompt, answer)
    if r.random() < 0.5:
        return messages + turn(
            r.choice(["What did I just ask?", "What did I just say?", "What was my question?"]),
            f'You said: "{prompt}"',
        )
    return messages + turn(
        r.choice(
            ["Say that again.", "What did you say?", "Please repeat your answer.", "Repeat that."]
        ),
        answer,
    )


def question(r: Random) -> list[Message]:
    """One question of `tasks`."""
    _, (_, prompt, answer) = tasks.draw(r)
    return turn(roughen(r, prompt), answer)


def naming(r: Random) -> list[Message]:
    """A wish for some things of a kind, or for a sentence."""
    if r.random() < 0.5:
        kind = r.choice(list(KINDS))
        count = r.randrange(2, 5)
        plural = "pieces of clothing" if kind == "piece of clothing" else kind + "s"
        ask = r.choice(
            ["Name {n} {k}.", "Give me {n} {k}.", "List {n} {k}.", "Tell me {n} {k}."]
        ).format(n=r.choice([str(count), ["two", "three", "four"][count - 2]]), k=plural)
        return turn(roughen(r, ask), ", ".join(r.sample(KINDS[kind], count)))
    animal, place = r.choice(KINDS["animal"]), r.choice(list(stories.PLACES))
    ask = r.choice(
        [
            "Write a sentence about a {a}.",
            "Give me a sentence with the word {a}.",
            "Make a sentence about a {a}.",
        ]
    ).format(a=animal)
    where, noun = stories.PLACES[place], r.choice(stories.CREATURES)
    answer = r.choice(
        [
            "The {a} is sleeping {w}.",
            "A {a} plays with {n} {w}.",
            "The happy {a} runs and jumps {w}.",
            "My {a} likes to eat " + r.choice(stories.FOODS) + ".",
            "I saw a big {a} {w} today.",
        ]
    )
    return turn(roughen(r, ask), answer.format(a=animal, w=where, n=article(noun)))


def story(r: Random) -> list[Message]:
    """A story on request, sometimes with questions about it."""
    prompt, told = stories.request(r)
    messages = turn(roughen(r, prompt), stories.text(told))
    if r.random() < 0.25:
        messages += turn(*r.choice(asked_of_story(told)))
    return messages


def asked_of_story(t: stories.Teller) -> list[tuple[str, str]]:
    """Questions about a story and their answers."""
    hero, friend = t.hero, t.friend
    return [
        (
            f"What was the name of the {hero.kind}?"
            if hero.kind != friend.kind
            else "Who is the story about?",
            f"The {hero.kind} was named {hero.name}."
            if hero.kind != friend.kind
            else f"The story is about {hero.name}.",
        ),
        (f"Who was the friend of {hero.name}?", f"The friend of {hero.name} was {friend.name}."),
        ("Who is the story about?", f"The story is about {hero.name}."),
    ]


def reading_story(r: Random) -> list[Message]:
    """The user tells a story and asks about it."""
    told = stories.tell(r)
    ask, answer = r.choice(asked_of_story(told))
    opening = " ".join(told.sentences[: r.randrange(3, 7)])
    if told.friend.name not in opening:
        ask, answer = "Who is the story about?", f"The story is about {told.hero.name}."
    return turn(f"{opening} {ask}", answer)


def persona(r: Random) -> list[Message]:
    """A system prompt gives the assistant another name."""
    name = r.choice(NAMES)
    system = r.choice(
        [
            "You are {n}.",
            "Your name is {n}.",
            "You are {n}, a helpful assistant.",
            "You are a helpful assistant named {n}.",
        ]
    ).format(n=name)
    ask = r.choice(
        ["What is your name?", "Who are you?", "What's your name?", "Tell me your name."]
    )
    messages = [{"role": "system", "content": system}] + turn(ask, f"My name is {name}.")
    return messages + (question(r) if r.random() < 0.3 else [])


MIX = [
    (question, 70.0),
    (story, 7.0),
    (memory, 5.0),
    (follow_up, 5.0),
    (small_talk, 3.5),
    (refusal, 3.5),
    (naming, 2.0),
    (reading_story, 1.5),
    (persona, 1.5),
]


def conversation(r: Random) -> tuple[str, list[Message]]:
    """The kind of a conversation and its messages; questions come singly or several in a chat."""
    part = r.choices([p for p, _ in MIX], [share for _, share in MIX])[0]
    messages = part(r)
    if part is question:
        for _ in range(r.choices([0, 1, 2, 3, r.randrange(6, 20)], [50, 20, 18, 10, 2])[0]):
            messages += question(r)
    elif part in (small_talk, refusal) and r.random() < 0.4:
        messages += r.choice([question, small_talk, refusal])(r)
    if messages[0]["role"] != "system" and r.random() < 0.15:
        messages = [{"role": "system", "content": r.choice(SYSTEMS)}] + messages
    return part.__name__, messages
