"""Asking for structure: the form that a model is best at, one more try with the exact problem, then giving up (T10)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import (
    EngineError,
    ModelAbilityError,
    ModelAnswerError,
    OperationCancelledError,
    ProviderRequestError,
    ProviderUnavailableError,
)
from pylot.models.structured.asking import ask_json, ask_tools
from pylot.models.structured.gathering import CallAssembler
from pylot.models.structured.values import Form, ToolAnswer
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import CallPiece, ChatMessage, CompletionParameters, Tool, ToolCall
from tests.support.scripted_chat import Answer, ScriptedChat

QUESTION = [ChatMessage("system", "Be brief."), ChatMessage("user", "Is it on?")]
PARAMETERS = CompletionParameters(max_tokens=50)
SCHEMA = {"type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"]}
LAMP = Tool("switch", "Switch a lamp.", SCHEMA)
PROBED = '{"calls": [{"tool": "read_file", "arguments": {"path": "src/main.py"}}]}'
SWITCH = '{"thought": "dark", "calls": [{"tool": "switch", "arguments": {"on": true}}]}'
F = ToolCall("a", "f", "{}")
REFUSED = ProviderRequestError("It refuses the request (status 400).")


async def test_json_at_once() -> None:
    model = ScriptedChat(['{"on": true}'])
    answer = await ask_json(model, QUESTION, SCHEMA, PARAMETERS)

    assert (answer.value, answer.text, answer.repairs) == ({"on": True}, '{"on": true}', ())
    assert (answer.usage.prompt_tokens, answer.usage.generated_tokens) == (10, 5)
    [(messages, parameters)] = model.asked
    assert parameters.schema == SCHEMA
    assert [message.role for message in messages] == ["system", "user"]
    assert messages[0].content.startswith("Be brief.\n\nAnswer with JSON")


async def test_json_asked_again_with_the_exact_problem() -> None:
    model = ScriptedChat(["It is.", '{"on": "true"}'])
    answer = await ask_json(model, QUESTION, SCHEMA, PARAMETERS)

    assert (answer.value, answer.repairs) == ({"on": True}, ("asked again", "types coerced"))
    assert answer.usage.generated_tokens == 10
    assert model.asked[1][0][-2:] == [
        ChatMessage("assistant", "It is."),
        ChatMessage(
            "user",
            "That answer cannot be used: it holds no JSON. Answer again, in the form that was asked for.",
        ),
    ]


async def test_json_given_up_visibly() -> None:
    model = ScriptedChat(["canary", "canary", '{"on": true}'])
    with pytest.raises(ModelAnswerError) as caught:
        await ask_json(model, QUESTION, SCHEMA, PARAMETERS)

    assert caught.value.sentence == (
        "scripted did not answer in the form that was asked for, even when told what was wrong."
    )
    assert "canary" not in caught.value.detail
    assert len(model.asked) == 2


@pytest.mark.parametrize("refusal", [REFUSED, ModelAbilityError("No."), EngineError("No grammar.")])
async def test_a_server_that_refuses_the_schema_is_asked_without(refusal: Exception) -> None:
    model = ScriptedChat([refusal, '{"on": true}'])
    answer = await ask_json(model, QUESTION, SCHEMA, PARAMETERS)

    assert answer.value == {"on": True}
    assert [parameters.schema is None for _, parameters in model.asked] == [False, True]


@pytest.mark.parametrize("error", [ProviderUnavailableError("Gone."), ProviderRequestError("Too long.", too_long=True)])
async def test_other_errors_are_not_about_the_form(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(type(error)):
        await ask_json(ScriptedChat([error]), QUESTION, SCHEMA, PARAMETERS)
    verdicts = Verdicts(tmp_path)
    with pytest.raises(type(error)):
        await ask_tools(ScriptedChat([error]), QUESTION, [LAMP], PARAMETERS, verdicts=verdicts)

    assert verdicts.get("scripted 1") is None


def can(form: Form) -> ScriptedChat:
    """Return a model that calls tools in one form only."""

    def answer(parameters: CompletionParameters) -> Answer:
        if parameters.tools:
            if form is not Form.NATIVE:
                return REFUSED
            tool = parameters.tools[0].name
            arguments = {"path": "src/main.py"} if tool == "read_file" else {"on": True}
            return CallPiece(0, "c1", tool, json.dumps(arguments))
        if parameters.schema is not None and form is not Form.SCHEMA:
            return REFUSED
        if form is Form.NONE:
            return "I do not know how."
        names = json.dumps(parameters.schema) if parameters.schema else asked_for(model)
        return SWITCH if "switch" in names else PROBED

    model = ScriptedChat(answer, native_tools=True)
    return model


def asked_for(model: ScriptedChat) -> str:
    return model.asked[-1][0][0].content


@pytest.mark.parametrize("form", [Form.NATIVE, Form.SCHEMA, Form.TEXT])
async def test_the_probe_finds_the_form_and_it_is_kept(form: Form, tmp_path: Path) -> None:
    model = can(form)
    first = await ask_tools(model, QUESTION, [LAMP], PARAMETERS, verdicts=Verdicts(tmp_path))
    n_asked = len(model.asked)
    second = await ask_tools(model, QUESTION, [LAMP], PARAMETERS, verdicts=Verdicts(tmp_path))

    assert [(call.name, call.arguments) for call in (*first.calls, *second.calls)] == [("switch", {"on": True})] * 2
    assert Verdicts(tmp_path).get(model.identity) is form
    assert len(model.asked) == n_asked + 1


async def test_another_model_at_the_same_place_is_probed_anew(tmp_path: Path) -> None:
    verdicts = Verdicts(tmp_path)
    await ask_tools(can(Form.TEXT), QUESTION, [LAMP], PARAMETERS, verdicts=verdicts)
    other = can(Form.SCHEMA)
    other.identity = "scripted 2"
    await ask_tools(other, QUESTION, [LAMP], PARAMETERS, verdicts=verdicts)

    assert (verdicts.get("scripted 1"), verdicts.get("scripted 2")) == (Form.TEXT, Form.SCHEMA)


async def test_a_model_without_any_form_is_left_no_choice(tmp_path: Path) -> None:
    verdicts = Verdicts(tmp_path)
    answer = await ask_tools(can(Form.NONE), QUESTION, [LAMP], PARAMETERS, verdicts=verdicts)

    assert verdicts.get("scripted 1") is Form.NONE
    assert (answer.calls, answer.text) == ((), "I do not know how.")


@pytest.mark.parametrize("text", ["", "[", '{"version": 0}', '{"version": 1, "forms": {"a": "magic", "b": 3}}', "\x00"])
async def test_a_broken_file_holds_no_verdicts(text: str, tmp_path: Path) -> None:
    (tmp_path / "tool-forms.json").write_text(text)
    verdicts = Verdicts(tmp_path)

    assert verdicts.get("a") is None
    await verdicts.keep("a", Form.TEXT)
    assert Verdicts(tmp_path).get("a") is Form.TEXT


async def test_a_folder_that_cannot_be_written_costs_a_probe_per_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    verdicts = Verdicts(tmp_path / "file" / "data")
    await verdicts.keep("a", Form.TEXT)

    assert verdicts.get("a") is Form.TEXT


async def ask(
    tmp_path: Path, *answers: Answer, token: CancellationToken | None = None, shown: list[str] | None = None
) -> tuple[ToolAnswer, ScriptedChat]:
    verdicts = Verdicts(tmp_path)
    await verdicts.keep("scripted 1", Form.SCHEMA)
    model = ScriptedChat(list(answers))
    show = None if shown is None else shown.append
    answer = await ask_tools(model, QUESTION, [LAMP], PARAMETERS, verdicts=verdicts, token=token, on_text=show)
    return answer, model


async def test_a_call_asked_again(tmp_path: Path) -> None:
    answer, model = await ask(tmp_path, '{"calls": [{"tool": "switch", "arguments": {"on": 5}}]}', SWITCH)

    assert (answer.thought, answer.repairs) == ("dark", ("asked again",))
    assert "$.on: 5 is not of type 'boolean'" in model.asked[1][0][-1].content


async def test_calls_given_up_visibly(tmp_path: Path) -> None:
    with pytest.raises(ModelAnswerError, match="scripted did not call its tools in a way that can be used"):
        await ask(tmp_path, "", "")


async def test_what_was_cut_off_is_never_called(tmp_path: Path) -> None:
    answer, model = await ask(tmp_path, (SWITCH[:-4], "length"), SWITCH)

    assert answer.repairs == ("asked again",)
    assert "cut off" in model.asked[1][0][-1].content


async def test_the_answer_goes_back_into_the_conversation(tmp_path: Path) -> None:
    answer, _ = await ask(tmp_path, SWITCH)
    conversation = [*QUESTION, answer.message(), answer.calls[0].result("It is on.")]
    model = ScriptedChat(['{"final": "Done."}'])
    last = await ask_tools(model, conversation, [LAMP], PARAMETERS, verdicts=Verdicts(tmp_path))

    assert (last.text, last.calls) == ("Done.", ())
    assert [(message.role, message.content) for message in model.asked[0][0][2:]] == [
        ("assistant", SWITCH),
        ("user", "Result of switch:\nIt is on."),
    ]


async def test_the_final_text_is_shown_as_it_comes(tmp_path: Path) -> None:
    shown: list[str] = []
    answer, _ = await ask(tmp_path, '{"thought": "hm", "final": "It \\"is\\" on."}', shown=shown)

    assert "".join(shown) == answer.text == 'It "is" on.'
    assert len(shown) > 3


async def test_nobody_is_asked_for_what_nobody_wants(tmp_path: Path) -> None:
    token = CancellationToken()
    token.cancel("test")
    model = ScriptedChat([])
    with pytest.raises(OperationCancelledError):
        await ask_json(model, QUESTION, SCHEMA, PARAMETERS, token=token)
    with pytest.raises(OperationCancelledError):
        await ask(tmp_path, token=token)

    assert model.asked == []


@pytest.mark.parametrize(("finish", "error"), [("cancelled", OperationCancelledError), ("deadline", ModelAnswerError)])
async def test_an_answer_that_ended_early_is_no_answer(finish: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await ask_json(ScriptedChat([('{"on": true}', finish)]), QUESTION, SCHEMA, PARAMETERS)


async def test_both_requests_share_one_deadline() -> None:
    model = ScriptedChat(["no", '{"on": true}'])
    await ask_json(model, QUESTION, SCHEMA, CompletionParameters(max_tokens=50, deadline_ms=60_000))
    first, second = (parameters.deadline_ms or 0.0 for _, parameters in model.asked)

    assert 60_000 >= first > second > 0


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([CallPiece(0, "a", "f"), CallPiece(0, arguments="{"), CallPiece(0, arguments="}")], [F]),
        ([CallPiece(0, "a", "f", "{}"), CallPiece(1, "b", "g", "{}")], [F, ToolCall("b", "g", "{}")]),
        ([CallPiece(0, "a", "f", "{}"), CallPiece(0, "b", "g", "{}")], [F, ToolCall("b", "g", "{}")]),
        ([CallPiece(0, "", "f", "{}"), CallPiece(0, "", "f", "{}")], [ToolCall("", "f", "{}")] * 2),
        ([CallPiece(0, "a", "f", "{"), CallPiece(0, "a", "f", "}")], [F]),
    ],
)
def test_calls_come_in_pieces(pieces: list[CallPiece], calls: list[ToolCall]) -> None:
    assembler = CallAssembler()
    for piece in pieces:
        assembler.feed(piece)

    assert list(assembler.calls) == calls
