"""The ladder from what models really write to JSON of a schema and to calls of known tools (A21, T10)."""

from __future__ import annotations

import json

import pytest

from pylot.models.structured.call_repair import find_tool, repair_calls
from pylot.models.structured.found_json import split_thoughts
from pylot.models.structured.repair import repair_json
from pylot.models.values import Tool, ToolCall

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}},
        "kind": {"enum": ["Cat", "Dog"]},
        "fine": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
    },
    "required": ["name"],
    "additionalProperties": False,
}
ANN = {"name": "Ann", "age": 3}


@pytest.mark.parametrize(
    ("text", "value", "repairs"),
    [
        ('{"name": "Ann", "age": 3}', ANN, ()),
        ('  {"name": "Ann", "age": 3}\n', ANN, ()),
        ('```json\n{"name": "Ann", "age": 3}\n```', ANN, ("fence removed",)),
        ('Sure!\n```\n{"name": "Ann", "age": 3}\n```\nAnything else?', ANN, ("fence removed",)),
        ('Here it is: {"name": "Ann", "age": 3}. Good?', ANN, ("prose removed",)),
        ('<think>{"name": "Bob"}</think>{"name": "Ann", "age": 3}', ANN, ("thoughts removed",)),
        ('hm {"name": "Bob"} </think>\n{"name": "Ann", "age": 3}', ANN, ("thoughts removed",)),
        ('<think>a<think>b</think>c</think>{"name": "Ann", "age": 3}', ANN, ("thoughts removed",)),
        ('{"name": "Ann", "age": 3,}', ANN, ("JSON repaired",)),
        ("{'name': 'Ann', 'age': 3}", ANN, ("JSON repaired",)),
        ('{name: "Ann", age: 3}', ANN, ("JSON repaired",)),
        ('{"name": "Ann", "age": 3} // the cat', ANN, ("prose removed",)),
        (
            "{'name': 'Ann', 'fine': True, 'note': None}",
            {"name": "Ann", "fine": True, "note": None},
            ("JSON repaired",),
        ),
        ('{"name": "Ann", "age": "3"}', ANN, ("types coerced",)),
        ('{"name": "Ann", "age": 3.0}', ANN, ()),
        ('{"name": "Ann", "fine": "True"}', {"name": "Ann", "fine": True}, ("types coerced",)),
        ('{"name": "Ann", "tags": "soft"}', {"name": "Ann", "tags": ["soft"]}, ("types coerced",)),
        ('{"name": "Ann", "tags": "[\\"soft\\"]"}', {"name": "Ann", "tags": ["soft"]}, ("types coerced",)),
        ('{"name": "Ann", "kind": "cat"}', {"name": "Ann", "kind": "Cat"}, ("types coerced",)),
        ('{"Name": "Ann", "age": 3, "colour": "red"}', ANN, ("types coerced",)),
        ('{"name": "Ann", "age": null}', {"name": "Ann"}, ("types coerced",)),
        ('{"name": 7}', {"name": "7"}, ("types coerced",)),
        ('"{\\"name\\": \\"Ann\\", \\"age\\": 3}"', ANN, ("types coerced",)),
        ('An example is {"a": 1}, but yours is {"name": "Ann", "age": 3}', ANN, ("prose removed",)),
    ],
)
def test_json_that_can_be_had(text: str, value: object, repairs: tuple[str, ...]) -> None:
    found = repair_json(text, PERSON)

    assert (found.value, found.repairs, found.problem) == (value, repairs, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it holds no JSON"),
        ("I would rather not.", "it holds no JSON"),
        ("[" * 5_000, "it holds no JSON"),
        ('{"age": 3}', "$: 'name' is a required property"),
        ('{"name": "Ann", "age": -3}', "$.age: -3 is less than the minimum of 0"),
        ('{"name": "Ann", "age": "three"}', "$.age: 'three' is not of type 'integer'"),
        ("<think>it goes on and on", "it holds no JSON"),
    ],
)
def test_json_that_cannot_be_had_says_why(text: str, problem: str) -> None:
    found = repair_json(text, PERSON)

    assert (found.value, found.problem) == (None, problem)


@pytest.mark.parametrize("text", ['{"name": "An', '{"name": "Ann", "age": 3', '```json\n{"name": "Ann"'])
def test_what_was_cut_off_is_not_made_up(text: str) -> None:
    assert "cut off" in repair_json(text, PERSON, is_whole=False).problem


@pytest.mark.parametrize(
    "schema",
    [{"type": "nonsense"}, {"$ref": "#/nowhere"}, {"$ref": "https://example.invalid/x"}, {"pattern": "("}, {"type": 5}],
)
def test_a_broken_schema_is_a_problem_and_no_crash(schema: dict[str, object]) -> None:
    assert "the schema is no good" in repair_json('"text"', schema).problem


@pytest.mark.parametrize(
    ("text", "answer", "thoughts"),
    [
        ("a", "a", ""),
        ("<think>t</think>a", "a", "t"),
        ("<THINKING>t</THINKING> a", "a", "t"),
        ("t</think>a", "a", "t"),
        ("<think>t", "", "t"),
        ("<think></think>\n\na", "a", ""),
        ("a < b and <thin", "a < b and <thin", ""),
    ],
)
def test_thoughts_come_apart(text: str, answer: str, thoughts: str) -> None:
    """H18."""
    assert split_thoughts(text) == (answer, thoughts)


READ = Tool(
    "read_file",
    "Read a file.",
    {
        "type": "object",
        "properties": {"path": {"type": "string"}, "lines": {"type": "integer"}},
        "required": ["path"],
        "additionalProperties": False,
    },
)
RUN = Tool("run_tests", "Run the tests.", {"type": "object", "properties": {}})
TOOLS = (READ, RUN)
CALL = [("read_file", {"path": "a.py"})]
MARKED = ("marks read",)
LINE = ("tool line read",)


@pytest.mark.parametrize(
    ("text", "calls", "repairs"),
    [
        ('<tool_call>\n{"name": "read_file", "arguments": {"path": "a.py"}}\n</tool_call>', CALL, MARKED),
        ('<tool_call>{"name": "read_file", "arguments": {"path": "a.py"}}', CALL, MARKED),
        ('Let me look.\n<tool_call>{"name": "read_file", "arguments": {"path": "a.py"}}</tool_call> Ok', CALL, MARKED),
        (
            "<tool_call>{'name': 'read_file', 'arguments': {'path': 'a.py',}}</tool_call>",
            CALL,
            (*MARKED, "JSON repaired"),
        ),
        (
            "<tool_call>\n<function=read_file>\n<parameter=path>\na.py\n</parameter>\n</function>\n</tool_call>",
            CALL,
            MARKED,
        ),
        (
            "<function=read_file><parameter=path>a.py</parameter><parameter=lines>3</parameter></function>",
            [("read_file", {"path": "a.py", "lines": 3})],
            (*MARKED, "types coerced"),
        ),
        ('<function=read_file>{"path": "a.py"}</function>', CALL, MARKED),
        ('<invoke name="read_file"><parameter name="path">a.py</parameter></invoke>', CALL, MARKED),
        ("<tool_call>read_file\n<arg_key>path</arg_key>\n<arg_value>a.py</arg_value>\n</tool_call>", CALL, MARKED),
        ("I read it.\n<read_file>\n<path>a.py</path>\n</read_file>", CALL, MARKED),
        ('TOOL: read_file {"path": "a.py"}', CALL, LINE),
        ('I read it.\nTOOL: `read_file`\n{"path":\n "a.py",}\n', CALL, (*LINE, "JSON repaired")),
        (
            'TOOL: read_file {"path": "a.py"}\nTOOL: run_tests',
            [*CALL, ("run_tests", {})],
            LINE,
        ),
        ('[TOOL_CALLS][{"name": "read_file", "arguments": {"path": "a.py"}}]', CALL, MARKED),
        ('<|python_tag|>{"name": "read_file", "parameters": {"path": "a.py"}}', CALL, MARKED),
        ('{"name": "read_file", "arguments": {"path": "a.py"}}', CALL, ()),
        ('{"tool": "read_file", "path": "a.py"}', CALL, ()),
        ('{"action": "read_file", "action_input": {"path": "a.py"}}', CALL, ()),
        ('{"read_file": {"path": "a.py"}}', CALL, ()),
        (
            '[{"name": "read_file", "arguments": {"path": "a.py"}}, {"tool": "run_tests"}]',
            [*CALL, ("run_tests", {})],
            (),
        ),
        (
            '{"tool_calls": [{"id": "x", "function": {"name": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}}]}',
            CALL,
            (),
        ),
        ('{"calls": [{"tool": "ReadFile", "arguments": {"path": "a.py"}}]}', CALL, ("name matched",)),
        ('{"calls": [{"tool": "functions.read-file", "arguments": {"path": "a.py"}}]}', CALL, ("name matched",)),
        ('{"calls": [{"tool": "read_fiel", "arguments": {"path": "a.py"}}]}', CALL, ("name matched",)),
        ('{"calls": [{"tool": "read_file", "arguments": "{\\"path\\": \\"a.py\\"}"}]}', CALL, ()),
        (
            '{"calls": [{"tool": "read_file", "arguments": "\\"{\\\\\\"path\\\\\\": \\\\\\"a.py\\\\\\"}\\""}]}',
            CALL,
            ("arguments decoded again",),
        ),
        ('{"calls": [{"tool": "read_file", "arguments": {"Path": "a.py", "mode": "r"}}]}', CALL, ("types coerced",)),
        (
            '<think>read_file?</think>{"calls":[{"tool":"read_file","arguments":{"path":"a.py"}}]}',
            CALL,
            ("thoughts removed",),
        ),
        (
            '```json\n{"calls": [{"tool": "run_tests", "arguments": null}]}\n```',
            [("run_tests", {})],
            ("fence removed",),
        ),
    ],
)
def test_calls_that_can_be_had(text: str, calls: list[tuple[str, object]], repairs: tuple[str, ...]) -> None:
    found = repair_calls(text, (), TOOLS)

    assert ([(call.name, call.arguments) for call in found.calls], found.problem) == (calls, "")
    assert found.repairs == repairs
    assert len({call.id for call in found.calls}) == len(calls)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('<tool_call>{"name": "rm", "arguments": {}}</tool_call>', "no such tool; the tools are: read_file, run_tests"),
        ("<tool_call>what?!</tool_call>", "no such tool"),
        ("TOOL: read_file the first one", "are no JSON object"),
        ('{"calls": [{"tool": "read_file", "arguments": {}}]}', "'path' is a required property"),
        ('{"calls": [{"tool": "read_file", "arguments": ["a.py"]}]}', "are no JSON object"),
        ('{"calls": [{"tool": "read_file", "arguments": {"path": ["a"]}}]}', "is not of type 'string'"),
        ('{"calls": [5]}', "no such tool"),
        ('{"calls": [{"tool": "read_file", ]]]', ""),
        ("", "it is empty"),
    ],
)
def test_calls_that_cannot_be_had_say_why(text: str, problem: str) -> None:
    found = repair_calls(text, (), TOOLS, wants_directive=True)

    assert found.calls == ()
    assert problem in found.problem
    assert found.problem


@pytest.mark.parametrize(
    ("text", "is_whole", "wants_directive", "said"),
    [
        ("It is done.", True, False, "It is done."),
        ("It is done.", True, True, "It is done."),
        ('{"final": "It is done."}', True, True, "It is done."),
        ('{"thought": "ok", "final": "It is', False, True, "It is"),
        (
            'Write {"name": "ann", "arguments": {}} into it.',
            True,
            False,
            'Write {"name": "ann", "arguments": {}} into it.',
        ),
        ('{"final": "x"}', True, False, '{"final": "x"}'),
        ("Half a sent", False, False, "Half a sent"),
    ],
)
def test_answers_without_calls(text: str, is_whole: bool, wants_directive: bool, said: str) -> None:
    found = repair_calls(text, (), TOOLS, is_whole=is_whole, wants_directive=wants_directive)

    assert (found.calls, found.text, found.problem) == ((), said, "")


@pytest.mark.parametrize(
    "text",
    [
        '{"calls": [{"tool": "read_file", "arguments": {"path": "a',
        '{"calls": [{"tool": "run_te',
        'TOOL: read_file {"path": "a',
    ],
)
def test_half_a_call_is_none(text: str) -> None:
    """Half a path is another path."""
    assert "cut off" in repair_calls(text, (), TOOLS, is_whole=False, wants_directive=True).problem


@pytest.mark.parametrize(
    "text",
    ["<a>" * 60_000 + "</b>", "TOOL: a {\n" * 10_000, "```json\n{" * 20_000, "<tool_call>" * 15_000, '{"a":' * 30_000],
)
def test_endless_repetition_is_read_in_linear_time(text: str) -> None:
    """Models that have lost their way repeat themselves; with quadratic patterns these texts took a minute each."""
    assert repair_calls(text, (), TOOLS).calls == ()
    assert repair_json(text, PERSON).problem


@pytest.mark.parametrize(
    ("arguments", "is_whole", "calls"),
    [
        ('{"path": "a.py"}', True, 1),
        ('{"path": "a.py",}', True, 1),
        ('{"path": "a.p', False, 0),
        ("", True, 0),
        ("[]", True, 0),
    ],
)
def test_calls_that_a_server_has_read(arguments: str, is_whole: bool, calls: int) -> None:
    found = repair_calls("I look.", [ToolCall("x", "read_file", arguments)], TOOLS, is_whole=is_whole)

    assert len(found.calls) == calls
    assert bool(found.problem) == (calls == 0)
    assert [call.id for call in found.calls] == ["x"] * calls


def test_ids_are_made_unique() -> None:
    native = [ToolCall("x", "run_tests", "{}"), ToolCall("x", "run_tests", "{}"), ToolCall("", "run_tests", "{}")]

    assert [call.id for call in repair_calls("", native, TOOLS).calls] == ["x", "x-2", "call-3"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("get_user", "get_user"),
        ("GetUser", "get_user"),
        ("api.get_user", "get_user"),
        ("get_usr", "get_user"),
        ("set_user", None),
        ("get_users_all", None),
        ("delete_file", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_a_name_matches_only_where_no_other_can_be_meant(name: str, found: str | None) -> None:
    tools = [Tool(each, "", {}) for each in ("get_user", "list_files", "enable_audit")]
    tool = find_tool(name, tools)

    assert (tool.name if tool else None) == found


def test_a_name_between_two_tools_matches_neither() -> None:
    tools = [Tool(each, "", {}) for each in ("read_file_a", "read_file_b")]

    assert find_tool("read_file_c", tools) is None


def test_coercion_names_itself_only_when_it_helped() -> None:
    found = repair_json(json.dumps({"name": 7, "age": "x"}), PERSON)

    assert (found.value, found.repairs) == (None, ())
