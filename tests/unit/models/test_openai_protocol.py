"""OpenAI's protocol as servers really speak it: what is read of it, and what is left out for whom (H8, H18)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import Any

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.errors import (
    ModelAbilityError,
    ProviderRateLimitedError,
    ProviderRequestError,
    ProviderUnavailableError,
    PylotError,
)
from pylot.models.cards import load_cards
from pylot.models.http.failures import FieldsRefusedError
from pylot.models.http.generation import Chunk, Counts
from pylot.models.http.openai_events import read_chunks, read_event
from pylot.models.http.openai_requests import Dialect, chat_body, completion_body
from pylot.models.http.text_prompt import with_suffix, with_tokens
from pylot.models.values import CallPiece, ChatMessage, CompletionParameters, ContextChunk, FimPrompt, Tool, ToolCall

CARDS = load_cards(shipped_folder() / "models.yaml")
PARAMETERS = CompletionParameters(max_tokens=8, stops=("\n", "a", "b", "c", "d"), seed=3)


def called(*entries: Any) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": None, "tool_calls": list(entries)}}]}


def calls(*piece: Any) -> Chunk:
    return Chunk(calls=(CallPiece(*piece),))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"choices": [{"text": "a"}]}, Chunk("a")),
        ({"choices": [{"delta": {"content": "a"}}]}, Chunk("a")),
        ({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}, Chunk("a", finish="end")),
        ({"choices": [{"delta": {"role": "assistant", "content": None}}]}, Chunk(is_token=False)),
        ({"choices": [{"delta": {"reasoning_content": "hm"}}]}, Chunk(reasoning="hm")),
        ({"choices": [{"delta": {"reasoning": "hm", "content": ""}}]}, Chunk(reasoning="hm")),
        ({"choices": [{"text": "a", "logprobs": {"token_logprobs": [-0.5]}}]}, Chunk("a", logprob=-0.5)),
        ({"choices": [{"text": "a", "logprobs": {"content": [{"logprob": -1}, {"logprob": -2}]}}]}, Chunk("a", "", -2)),
        ({"choices": [{"text": "a", "logprobs": {"token_logprobs": [0.0001, None, "x"]}}]}, Chunk("a", logprob=0.0)),
        ({"choices": [{"text": "", "finish_reason": "length"}]}, Chunk(is_token=False, finish="length")),
        (called({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}), calls(0, "a", "f", "{")),
        (called({"index": 0, "function": {"arguments": "}"}}), calls(0, "", "", "}")),
        (called({"function": {"name": "f", "arguments": {"x": 1}}}), calls(0, "", "f", '{"x": 1}')),
        (called({"name": "f", "index": -1, "id": 7}), calls(0, "", "f", "")),
        (called(5, "x", {}, {"function": 3}), Chunk(is_token=False)),
        ({"choices": [{"message": {"function_call": {"name": "f", "arguments": "{}"}}}]}, calls(0, "", "f", "{}")),
        ({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}, Chunk(is_token=False, finish="end")),
        (
            {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": None}},
            Chunk(is_token=False, counts=Counts(9, None, None, 2)),
        ),
        (
            {"choices": [], "usage": {"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}},
            Chunk(is_token=False, counts=Counts(9, 4)),
        ),
        (
            {"choices": [{"text": 7, "delta": [], "logprobs": 1, "finish_reason": 3}], "usage": {"prompt_tokens": -1}},
            Chunk(is_token=False, finish="end", counts=Counts()),
        ),
    ],
)  # fmt: skip
def test_events(event: dict[str, Any], expected: Chunk) -> None:
    assert read_event("box", json.dumps(event)) == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("{", ProviderUnavailableError),
        ("[]", ProviderUnavailableError),
        ("{}", ProviderUnavailableError),
        ("null", ProviderUnavailableError),
        ('{"choices": ["x"]}', ProviderUnavailableError),
        ('{"choices": [{"text": NaN}]}', ProviderUnavailableError),
        ("[" * 100_000, ProviderUnavailableError),
        ('{"error": {"message": "no", "code": 500}}', ProviderUnavailableError),
        ('{"error": {"message": "no", "code": 429}}', ProviderRateLimitedError),
        ('{"error": {"code": 501}}', ModelAbilityError),
        ('{"error": "the prompt exceeds the context size"}', ProviderUnavailableError),
        ('{"choices": [{"text": "", "finish_reason": "content_filter"}]}', ProviderRequestError),
    ],
)
def test_events_that_are_none(data: str, kind: type[PylotError]) -> None:
    with pytest.raises(kind, match=r"^box .*\.$"):
        read_event("box", data)


@pytest.mark.parametrize(
    ("contents", "answer", "thoughts"),
    [
        (["a", "b"], "ab", ""),
        (["<think>", "hm", "</think>", "\n\na"], "a", "hm"),
        (["\n<thi", "nk>h", "m</thi", "nk>a <think>b</think>"], "a <think>b</think>", "hm"),
        (["<think>hm</th"], "", "hm</th"),
        (["<thin"], "<thin", ""),
        (["<think></think>", "a"], "a", ""),
    ],
)
async def test_thoughts_are_kept_apart(contents: list[str], answer: str, thoughts: str) -> None:
    events = [json.dumps({"choices": [{"delta": {"content": content}}]}) for content in contents]
    chunks = [chunk async for chunk in read_chunks("box", generate([*events, "[DONE]"]))]

    assert ("".join(chunk.text for chunk in chunks), "".join(chunk.reasoning for chunk in chunks)) == (answer, thoughts)


async def generate(values: Iterable[str]) -> AsyncGenerator[str]:
    for value in values:
        yield value


@pytest.mark.parametrize(
    ("named", "dropped"),
    [
        ({"seed"}, {"seed"}),
        ({"suffix"}, {"suffix"}),
        ({"temperature", "prompt"}, {"temperature"}),
        (set(), {"logprobs", "stream_options", "seed"}),
    ],
)
def test_what_a_server_refuses_is_left_out(named: set[str], dropped: set[str]) -> None:
    dialect = Dialect()
    body = completion_body("m", "p", "s", PARAMETERS, ())
    refusal = FieldsRefusedError("no", fields=frozenset(named), too_long=False, detail="")

    assert dialect.learn(refusal, body)
    assert body.keys() - dialect.spell(body).keys() == dropped


def test_a_server_that_refuses_everything_is_not_asked_for_ever() -> None:
    dialect = Dialect()
    refusal = FieldsRefusedError("no", fields=frozenset(), too_long=False, detail="")
    body = completion_body("m", "p", "s", PARAMETERS, ())
    n_tries = 0
    while dialect.learn(refusal, dialect.spell(body)):
        n_tries += 1

    assert n_tries == 2
    assert not dialect.understands("suffix")
    dialect.settle(worked=False)
    assert dialect.understands("suffix")


def test_a_guess_that_helped_is_kept() -> None:
    dialect = Dialect()
    refusal = FieldsRefusedError("no", fields=frozenset(), too_long=False, detail="")
    dialect.learn(refusal, completion_body("m", "p", "s", PARAMETERS, ()))
    dialect.settle(worked=True)
    dialect.settle(worked=False)

    assert not dialect.understands("logprobs")
    assert dialect.understands("suffix")


def test_newer_models_have_another_name_for_the_limit() -> None:
    dialect = Dialect()
    body = chat_body("m", [ChatMessage("user", "hello")], PARAMETERS, {})
    dialect.learn(FieldsRefusedError("no", fields=frozenset({"max_tokens"}), too_long=False, detail=""), body)

    assert dialect.spell(body)["max_completion_tokens"] == 8
    assert "max_tokens" not in dialect.spell(body)


def test_a_prompt_that_is_too_long_teaches_nothing() -> None:
    refusal = FieldsRefusedError("no", fields=frozenset({"seed"}), too_long=True, detail="")

    assert not Dialect().learn(refusal, completion_body("m", "p", None, PARAMETERS, ()))


@pytest.mark.parametrize(
    ("reasoning", "kwargs"),
    [
        (None, {"depth": 1}),
        (True, {"depth": 1, "enable_thinking": True}),
        (False, {"depth": 1, "enable_thinking": False}),
    ],
)
def test_reasoning_is_switched_by_the_template(reasoning: bool | None, kwargs: dict[str, object]) -> None:
    parameters = CompletionParameters(max_tokens=8, reasoning=reasoning)

    assert chat_body("m", [], parameters, {"depth": 1})["chat_template_kwargs"] == kwargs


def test_bodies_keep_to_the_protocol() -> None:
    """It allows four stops, and to some no tokens mean any number of them."""
    body = completion_body("m", "p", None, PARAMETERS, ["e"])
    warm_up = completion_body("m", "p", None, CompletionParameters(max_tokens=0), [])

    assert body["stop"] == ["\n", "a", "b", "c"]
    assert warm_up["max_tokens"] == 1
    assert "suffix" not in body


PROMPT = FimPrompt("a.py", "x = 1\n", "y =", "\nz = 3\n", (ContextChunk("open files", "b.py", "w = 0\n" * 9, 4),))


def test_a_card_is_spelled_out() -> None:
    card = CARDS.get("qwen-coder")
    assert card is not None
    text = with_tokens(PROMPT, card)

    assert text.prompt == (
        "<|repo_name|>project\n<|file_sep|>b.py\nw = 0\nw<|file_sep|>a.py\n"
        "<|fim_prefix|>x = 1\n<|fim_suffix|>\nz = 3\n<|fim_middle|>y ="
    )
    assert text.suffix is None


@pytest.mark.parametrize("sends_suffix", [True, False])
def test_prompt_and_suffix(sends_suffix: bool) -> None:
    text = with_suffix(PROMPT, sends_suffix=sends_suffix)

    assert text.prompt == "# b.py\nw = 0\n\nx = 1\ny ="
    assert text.suffix == ("\nz = 3\n" if sends_suffix else None)


@pytest.mark.parametrize("spelled", ["<|fim_middle|>", "<|im_end|>", "<｜fim▁end｜>"])
def test_text_that_spells_a_special_token_stays_text(spelled: str) -> None:
    card = CARDS.get("deepseek-coder")
    assert card is not None
    prompt = FimPrompt("a.py", f"x = {spelled!r}\n", "", spelled)

    assert with_tokens(prompt, card).prompt.count(spelled) == (spelled in card.leaks and "fim" in spelled)
    assert spelled not in with_suffix(prompt, sends_suffix=True).prompt


@pytest.mark.parametrize("total", [None, 0, 1, 7, 30, 1000])
def test_sources_add_up(total: int | None) -> None:
    shares = with_suffix(PROMPT, sends_suffix=True).tokens_by_source(total)

    assert set(shares) == {"open files", "template", "prefix", "typed", "suffix"}
    assert total is None or sum(shares.values()) == total


def test_a_schema_is_asked_for_in_ever_weaker_words() -> None:
    """T10: servers differ in how they are held to a schema, and some cannot be; the answer is checked anyway."""
    dialect = Dialect()
    parameters = replace(PARAMETERS, schema={"type": "object", "description": "long"})
    whole, seen = chat_body("m", [], parameters, {}), []
    for _ in range(3):
        sent = dialect.spell(whole)
        seen.append(sent.get("response_format"))
        dialect.learn(FieldsRefusedError("No.", fields=frozenset({"response_format"}), too_long=False, detail=""), sent)

    plain = {"type": "object"}
    assert seen == [
        {"type": "json_schema", "json_schema": {"name": "answer", "schema": plain}},
        {"type": "json_object", "schema": plain},
        None,
    ]


def test_calls_and_results_keep_to_the_protocol() -> None:
    tool = Tool("f", "Do it.", {"type": "object"})
    messages = [ChatMessage("assistant", "", (ToolCall("a", "f", "{}"),)), ChatMessage("tool", "done", call_id="a")]
    body = chat_body("m", messages, replace(PARAMETERS, tools=(tool,)), {})

    assert body["messages"] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "done", "tool_call_id": "a", "name": "f"},
    ]
    function = {"name": "f", "description": "Do it.", "parameters": {"type": "object"}}
    assert body["tools"] == [{"type": "function", "function": function}]
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("auto", False)
