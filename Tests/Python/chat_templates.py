"""Chat templates in the manner of the model families, chats to try them on, and Jinja2 as transformers sets it up.

The templates are our own: they use what the families' templates use.
"""

import datetime
import functools
import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox

TIME = 1_700_000_000  # for strftime_now, in UTC

TEMPLATES = {
    path.stem: path.read_bytes().decode() for path in sorted((pathlib.Path(__file__).parent / "templates").glob("*.jinja"))}

TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "description": "The weather in a place — °C",
     "parameters": {"type": "object", "properties": {
         "place": {"type": "string", "description": "A town, \"quoted\""},
         "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
         "days": {"type": "array", "items": {"type": "integer"}},
         "near": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": ["number", "null"]}}}},
         "required": ["place"]}, "return": {"type": "number"}}},
    {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}},
]

CALL = {"id": "call00001", "type": "function",
        "function": {"name": "get_weather", "arguments": {"place": "Zürich", "days": [1, 2], "deep": {"a": None, "b": True, "c": 1.5}}}}

CHATS = {
    "one": [{"role": "user", "content": "Hello!"}],
    "system": [{"role": "system", "content": " Be brief. "}, {"role": "user", "content": " Hi \n"}],
    "turns": [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": " 2\n"},
              {"role": "user", "content": "Sure? <|im_end|> {{ 1 }} {% if %}"}],
    "unicode": [{"role": "user", "content": "Grüße 👩‍👩‍👧 \u0085 e\u0301 שלום \\ \" ' \t"}],
    "thinking": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nb"},
                 {"role": "user", "content": "c"},
                 {"role": "assistant", "content": "<think>\nso\n</think>\n\nd"}],
    "reasoning": [{"role": "user", "content": "a"},
                  {"role": "assistant", "content": "b", "reasoning_content": "\nbecause\n"}],
    "call": [{"role": "user", "content": "Weather?"}, {"role": "assistant", "content": None, "tool_calls": [CALL]},
             {"role": "tool", "content": "21", "tool_call_id": "call00001"},
             {"role": "assistant", "content": "21 degrees"}, {"role": "user", "content": "Thanks"}],
    "calls": [{"role": "user", "content": "Both?"}, {"role": "assistant", "content": "ok", "tool_calls": [CALL, CALL]},
              {"role": "tool", "content": "1", "tool_call_id": "call00001"},
              {"role": "tool", "content": "2", "tool_call_id": "call00002"}],
    "parts": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": " What? "}]}],
    "odd": [{"role": "assistant", "content": "first"}, {"role": "robot", "content": "second"}],
    "same": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "stop", "content": "c"},
             {"role": "user", "content": "d"}],
}

VARIABLES = {
    "plain": {}, "tools": {"tools": TOOLS},
    "switches": {"tools": None, "enable_thinking": False, "date_string": "1 Jan 2000", "reasoning_effort": "high"},
}


class Generation(jinja2.ext.Extension):
    """`{% generation %}` renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body).set_lineno(line)


def environment():
    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def strftime_now(form):
        return datetime.datetime.fromtimestamp(TIME, datetime.timezone.utc).strftime(form)

    result = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    result.filters["tojson"] = tojson
    result.globals["raise_exception"] = raise_exception
    result.globals["strftime_now"] = strftime_now
    return result


@functools.lru_cache(maxsize=64)
def compiled(template):
    return environment().from_string(template)


def rendered(template, messages, prompt, variables):
    """What Jinja2 writes, or None and why it fails."""
    try:
        return compiled(template).render(
            messages=json.loads(json.dumps(messages)), add_generation_prompt=prompt,
            bos_token="<s>", eos_token="</s>", **json.loads(json.dumps(variables))), None
    except Exception as error:  # whatever Jinja2 or Python raises, a template fails with it
        return None, f"{type(error).__name__}: {error}"
