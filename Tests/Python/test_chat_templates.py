"""`paged render` beside Jinja2: every family's template, fixed chats and random ones.

TEMPLATE_SEED draws others; TEMPLATE_CHATS says how many random chats for each template.
"""

import json
import os
import random
import subprocess

import pytest
from chat_templates import CHATS, TEMPLATES, TIME, TOOLS, VARIABLES, rendered
from server_process import BINARY

SEED = int(os.environ.get("TEMPLATE_SEED", 1))
COUNT = int(os.environ.get("TEMPLATE_CHATS", 400))

WORDS = [
    "Hello", " ", "\n", "\n\n", "  two  ", "{{ x }}", "{% if %}", "<|im_end|>", "<think>", "</think>", "\nso\n", "/think",
    "/no_think", "é", "e\u0301", "👩‍👧", "שלום", "\u200b", "\u00a0", "'", '"', "\\", "<b>&amp;</b>", "1", "\t", "\x1f", "\u2028",
    "<tool_response>", "</tool_response>", "",
]
NUMBERS = [0, -1, 7, 1.5, 1e16, 1e-7, 2 ** 53, True, False, None]


def value(source, depth=0):
    """Any JSON, mostly small."""
    kind = source.randrange(6 if depth < 3 else 3)
    if kind < 2:
        return text(source)
    if kind == 2:
        return source.choice(NUMBERS)
    if kind == 3:
        return [value(source, depth + 1) for _ in range(source.randrange(4))]
    return {text(source) or "key": value(source, depth + 1) for _ in range(source.randrange(4))}


def text(source):
    return "".join(source.choice(WORDS) for _ in range(source.choice([0, 1, 2, 5])))


def message(source, role):
    result = {"role": role, "content": text(source)}
    if source.random() < 0.1:
        result["content"] = [{"type": "text", "text": text(source)} for _ in range(source.randrange(1, 3))]
    if role == "assistant" and source.random() < 0.3:
        calls = [
            {"id": f"call{index:05}", "type": "function",
             "function": {"name": source.choice(["now", "get_weather"]),
                          "arguments": {text(source): value(source) for _ in range(source.randrange(3))}}}
            for index in range(source.choice([1, 1, 2]))]
        result.update(content=source.choice([None, "", text(source)]), tool_calls=calls)
    if role == "assistant" and source.random() < 0.2:
        result["reasoning_content"] = text(source)
    if role == "tool":
        result["tool_call_id"] = "call00000"
    return result


def chat(source):
    """Mostly a chat that templates accept: a system message perhaps, then turns."""
    roles = ["system"] if source.random() < 0.4 else []
    for _ in range(source.randrange(1, 4)):
        roles += ["user", "assistant"]
        if source.random() < 0.2:
            roles += ["tool", "assistant"]
    if source.random() < 0.8:
        roles.append("user")
    if source.random() < 0.1:
        source.shuffle(roles)
    return [message(source, role) for role in roles]


def tool(source):
    properties = {
        name: source.choice([
            {"type": "string", "description": text(source)}, {"type": "string", "enum": ["a", "b"], "default": "a"},
            {"type": ["string", "null"]}, {"type": "array", "items": {"type": "integer"}}, {"type": "number", "default": 1.5},
            {"oneOf": [{"type": "string"}, {"type": "number"}]}, {"type": "object", "properties": {"x": {"type": "boolean"}}},
        ])
        for name in source.sample(["place", "unit", "días", "n"], source.randrange(4))}
    function = {"name": source.choice(["now", "get_weather"]), "description": text(source),
                "parameters": {"type": "object", "properties": properties, "required": list(properties)[:1]}}
    return {"type": "function", "function": function}


def variables(source):
    choices = {
        "tools": lambda: [tool(source) for _ in range(source.randrange(3))], "enable_thinking": lambda: source.random() < 0.5,
        "thinking": lambda: source.random() < 0.5, "reasoning_effort": lambda: source.choice(["low", "high"]),
        "date_string": lambda: "26 Jul 2024", "documents": lambda: [{"doc_id": 3, "text": text(source)}, {"text": text(source)}],
        "builtin_tools": lambda: source.sample(["browser", "python"], source.randrange(3)),
        "xml_tools": lambda: [value(source)], "controls": lambda: {"citations": True, "length": "short"},
    }
    return {name: make() for name, make in choices.items() if source.random() < 0.25}


def answers(path, questions):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    process = subprocess.run(
        [BINARY, "render", "--json-lines", "--template", str(path), "--bos-token", "<s>", "--eos-token", "</s>"],
        input=lines, capture_output=True, text=True, timeout=120, env={**os.environ, "TZ": "UTC"})
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.split("\n") if line]


@pytest.mark.parametrize("name", TEMPLATES)
def test_chats_become_the_text_that_jinja2_gives(name, tmp_path):
    source = random.Random(f"{SEED} {name}")
    cases = [(messages, prompt, variables) for messages in CHATS.values() for variables in VARIABLES.values() for prompt in (True, False)]
    cases += [(chat(source), source.random() < 0.7, variables(source)) for _ in range(COUNT)]
    path = tmp_path / "template.jinja"
    path.write_bytes(TEMPLATES[name].encode())
    found = answers(path, [
        {"messages": messages, "add_generation_prompt": prompt, "chat_template_kwargs": variables, "time": TIME}
        for messages, prompt, variables in cases])
    assert len(found) == len(cases)
    differences, texts = [], 0
    for case, answer in zip(cases, found):
        expected, error = rendered(TEMPLATES[name], *case)
        texts += expected is not None
        if answer.get("text") != expected:
            differences.append((f"TEMPLATE_SEED={SEED}", case, answer, expected or error))
    assert not differences, (len(differences), differences[:3])
    assert texts > len(cases) / 4, "most chats should be accepted"


def test_a_chat_in_a_file_is_shown_as_its_prompt(tmp_path):
    path = tmp_path / "chat.json"
    path.write_text(json.dumps({"messages": [{"role": "user", "content": "Hi"}], "tools": TOOLS}))
    process = subprocess.run([BINARY, "render", str(path)], capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    assert "Hi" in process.stdout and process.stdout.endswith("<|im_start|>assistant\n")
    process = subprocess.run([BINARY, "render", "-"], input="{}", capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert process.stderr == "Error: the chat has no array of messages\n"
