"""What may be sent where: only what the user's own configuration says (P1, P3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pylot.app.sections import SECTIONS
from pylot.config.layers import Layer, LayerKind, editor_layer
from pylot.config.settings import load_settings
from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import EngineUnavailableError, ModelError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.routing.policy import Policy, Verdict
from pylot.models.settings import BOXED_EMBEDDER, ROLES, EngineSettings, ModelsSettings, ProviderSettings, Role
from pylot.models.values import (
    ANY_FILE,
    ChatMessage,
    CompletionParameters,
    ContextChunk,
    FimPrompt,
    Tool,
    ToolCall,
    Urgency,
)
from tests.architecture.rooms import PACKAGE, loaded_by
from tests.support.scripted_backends import PROMPT, SOME, Backend, ask, gather, open_door, servers

GONE = EngineUnavailableError("The engine is gone.")
FAR = {"base_url": "https://models.example/v1", "remote": True}
TOKEN = "gh" + "p_" + "x1Y2z3" * 6


def x_out(text: str) -> str:
    return text.replace(TOKEN, "x" * len(TOKEN))


def test_what_may_leave_is_known_before_it_is_asked() -> None:
    """P3: by what the configuration names, wherever it stands in the order."""
    models = ModelsSettings.model_validate(
        {
            "roles": {"complete": "near", "thinker": "both", "summary": "here", "action": "plain"},
            "providers": {"far": FAR, "box": {"base_url": "http://127.0.0.1:9"}},
            "logical": {
                "both": {"groups": [[{"model": "near"}], [{"provider": "far", "model": "big"}]]},
                "here": {"groups": [[{"provider": "box", "model": "big"}]]},
            },
        }
    )

    assert [role for role in ROLES if models.may_leave(role)] == ["thinker"]


@pytest.mark.parametrize(
    ("settings", "role", "beside_local", "file", "verdict", "says"),
    [
        (None, "complete", True, "/p/a.py", Verdict.ALLOW, ""),
        ({"base_url": "http://127.0.0.1:9"}, "complete", True, "", Verdict.ALLOW, ""),
        ({"base_url": "http://localhost", "roles": ["chat"]}, "complete", False, "", Verdict.DENY, ".roles"),
        ({"base_url": "http://[::1]:9", "ask": True}, "chat", False, "", Verdict.ASK, ".ask = false"),
        (FAR, "complete", False, "/p/a.py", Verdict.ALLOW, ""),
        (FAR, "complete", True, "", Verdict.DENY, 'add "complete" to models.providers.far.roles'),
        ({**FAR, "roles": ["complete"]}, "complete", True, "", Verdict.ALLOW, ""),
        ({**FAR, "roles": ["complete"]}, "chat", True, "", Verdict.DENY, ".roles does not name it"),
        ({**FAR, "exclude_paths": ["secret/"]}, "chat", False, "/home/me/p/secret/a.py", Verdict.DENY, "exclude_paths"),
        ({**FAR, "exclude_paths": ["/src/*.sql"]}, "chat", False, "/home/p/src/a.sql", Verdict.DENY, "exclude_paths"),
        ({**FAR, "exclude_paths": ["src/*.sql"]}, "chat", False, "/home/p/src/b/a.sql", Verdict.ALLOW, ""),
        ({**FAR, "exclude_paths": ["secret/"]}, "action", False, ANY_FILE, Verdict.DENY, "not asked by agents"),
        (FAR, "action", False, ANY_FILE, Verdict.ALLOW, ""),
    ],
)
def test_a_decision_and_how_to_change_it(
    settings: dict[str, Any] | None, role: Role, beside_local: bool, file: str, verdict: Verdict, says: str
) -> None:
    policy = Policy("far", ProviderSettings.model_validate(settings) if settings else None, x_out)
    decision = policy.decide(role, beside_local=beside_local, file=file)

    assert decision.verdict is verdict
    assert decision.allowed is (verdict is Verdict.ALLOW)
    assert says in decision.sentence
    assert bool(says) is bool(decision.sentence)


def test_secrets_are_masked_wherever_a_prompt_is_cut() -> None:
    context = (ContextChunk("open files", "b.py", TOKEN, 9), ContextChunk("open files", "c.env", "x", 9, "/p/c.env"))
    prompt = FimPrompt("a.py", f"a = '{TOKEN[:9]}", TOKEN[9:20], TOKEN[20:] + "'\n", context)
    policy = Policy("far", ProviderSettings.model_validate({**FAR, "exclude_paths": ["*.env"]}), x_out)
    clean = policy.clean_prompt(prompt)

    assert clean.head + clean.tail + clean.suffix == f"a = '{'x' * len(TOKEN)}'\n"
    assert [len(it) for it in (clean.head, clean.tail)] == [len(it) for it in (prompt.head, prompt.tail)]
    assert [chunk.text for chunk in clean.context] == ["x" * len(TOKEN)]
    assert policy.clean_messages([ChatMessage("user", TOKEN)]) == [ChatMessage("user", "x" * len(TOKEN))]
    assert policy.clean_texts([TOKEN]) == ["x" * len(TOKEN)]


def test_secrets_are_masked_in_calls_and_in_what_is_told_of_tools() -> None:
    """P3: an agent's calls quote files, and a tool's description may quote anything."""
    policy = Policy("near", ProviderSettings(base_url="http://127.0.0.1:1"), x_out)
    call = ToolCall("a", "write", json.dumps({"text": TOKEN}))
    tool = Tool("write", f"Write {TOKEN}.", {"type": "object", "description": TOKEN})
    parameters = CompletionParameters(max_tokens=1, tools=(tool,), schema={"enum": [TOKEN]})
    sent = repr((policy.clean_messages([ChatMessage("assistant", "", (call,))]), policy.clean_parameters(parameters)))

    assert TOKEN not in sent
    assert sent.count("x" * len(TOKEN)) == 4


def test_masking_can_be_turned_off_for_a_provider() -> None:
    policy = Policy("near", ProviderSettings(base_url="http://127.0.0.1:1", redact_secrets=False), x_out)

    assert policy.clean_prompt(replace(PROMPT, head=TOKEN)).head == TOKEN


@pytest.mark.parametrize(("far", "asked"), [({}, False), ({"roles": ["chat"]}, False), ({"roles": ["complete"]}, True)])
async def test_a_local_failure_sends_code_away_only_where_the_role_is_named(far: dict[str, Any], asked: bool) -> None:
    local, remote = Backend("local", always=GONE), Backend("far")
    provider = open_door(servers(["local"], ["far"], providers={"far": far}), [local, remote]).provider("complete")
    if asked:
        assert await ask(provider) == ("far", "end")
    else:
        with pytest.raises(EngineUnavailableError):
            await ask(provider)

    assert remote.n_calls == int(asked)


async def test_a_local_model_that_does_not_exist_is_no_permission_either() -> None:
    remote, said = Backend("far"), list[str]()
    settings = servers(["gone"], ["far"])
    settings = settings.model_copy(update={"providers": {"far": settings.providers["far"]}})
    provider = open_door(settings, [remote], say=said.append).provider("complete")
    with pytest.raises(ModelError, match="does not stand in for a local model"):
        await ask(provider)

    assert remote.n_calls == 0
    assert len(said) == 1


async def test_a_model_that_is_remote_alone_serves_every_role() -> None:
    remote = Backend("far")
    door = open_door(servers(["far"]), [remote])

    assert await ask(door.provider("complete")) == ("far", "end")
    assert await gather(door.provider("coder").chat([ChatMessage("user", "x")], SOME)) == ("far", "end")


async def test_a_conversation_that_quotes_an_excluded_file_goes_elsewhere_or_nowhere() -> None:
    """P3: a code action quotes the document and other files, and says which."""
    far, near = Backend("far"), Backend("a")
    settings = {"exclude_paths": ["secret/"], "roles": ["coder"]}
    both = open_door(servers(["far"], ["a"], providers={"far": settings}), [far, near]).provider("coder")
    alone = open_door(servers(["far"], providers={"far": settings}), [far]).provider("coder")
    quoting = [ChatMessage("user", "x", files=("/p/a.py", "/p/secret/b.py"))]

    assert await gather(both.chat(quoting, SOME)) == ("a", "end")
    with pytest.raises(ModelError, match="exclude_paths"):
        await gather(alone.chat(quoting, SOME))
    assert far.n_calls == 0
    assert await gather(alone.chat([ChatMessage("user", "x", files=("/p/a.py",))], SOME)) == ("far", "end")


async def test_an_answer_that_nobody_waits_for_is_asked_of_no_other_machine() -> None:
    """What follows a suggestion is worked out before it is wanted, but only where the code stays."""
    remote = Backend("far")

    assert await ask(open_door(servers(["far"]), [remote]).provider("complete"), urgency=Urgency.SPECULATIVE) == (
        "",
        "warm",
    )
    assert remote.n_calls == 0


async def test_preparing_a_model_sends_nothing_to_another_machine() -> None:
    remote, near = Backend("far"), Backend("a")
    nothing = CompletionParameters(max_tokens=0)
    alone = open_door(servers(["far"]), [remote]).provider("complete")
    both = open_door(servers(["far"], "a", providers={"far": {"roles": ["complete"]}}), [remote, near])

    assert await ask(alone, nothing, urgency=Urgency.SPECULATIVE) == ("", "warm")
    assert await ask(both.provider("complete"), nothing, urgency=Urgency.SPECULATIVE) == ("", "warm")
    assert (remote.n_calls, near.n_calls) == (0, 1)


async def test_an_excluded_file_goes_nowhere_and_the_user_learns_why() -> None:
    remote = Backend("far")
    settings = servers(["far"], providers={"far": {"exclude_paths": ["vault/"]}})
    provider = open_door(settings, [remote]).provider("complete")
    with pytest.raises(ModelError, match="exclude_paths"):
        await gather(provider.complete(replace(PROMPT, file="/p/vault/a.py"), SOME))

    assert remote.n_calls == 0


async def test_a_preview_is_what_is_sent() -> None:
    local, remote = Backend("local", always=GONE), Backend("far")
    far = {"roles": ["complete"], "exclude_paths": ["*.env"]}
    door = open_door(servers(["local"], ["far"], providers={"far": far}), [local, remote])
    context = (ContextChunk("open files", "c.env", "x", 9),)
    prompt = replace(PROMPT, head=f"token = '{TOKEN}'\n", context=context)
    here, there = door.preview("complete", prompt)
    [refused] = [it for it in door.preview("chat", prompt) if it.refusal]
    await gather(door.provider("complete").complete(prompt, SOME))

    assert (here.sent, here.remote, here.refusal) == (prompt, False, "")
    assert (there.sent, there.remote) == (remote.asked[0], True)
    assert TOKEN not in repr(there.sent)
    assert (refused.deployment, refused.sent) == ("far/far", None)


async def test_status_and_calls_hold_figures_and_never_text() -> None:
    door = open_door(servers("a", "b"), [Backend("a", always=KeyError("canary")), Backend("b")])
    prompt = replace(PROMPT, head="canary = 1\n", path="canary.py")
    await gather(door.provider("complete", agent="completion").complete(prompt, SOME))
    status = await door.status()
    calls: Any = status["calls"]

    assert "canary" not in repr(status)
    assert [(it["agent"], it["provider"], it["outcome"]) for it in calls["last"]] == [
        ("completion", "a", "ProviderUnavailableError"),
        ("completion", "b", "end"),
    ]
    assert calls["last"][1]["prompt_tokens"] == 7


async def test_answers_are_kept_until_the_settings_or_folders_change() -> None:
    a = Backend("a")
    settings = servers("a")
    door = open_door(settings, [a])
    numbers = []
    for changes in (False, False, True, False):
        if changes:
            door.configure(settings, EngineSettings())
        assert await gather(door.provider("chat").chat([ChatMessage("user", "x")], SOME)) == ("a", "end")
        numbers.append(a.n_calls)
    await ask(door.provider("complete"))
    await ask(door.provider("complete"))

    assert numbers == [1, 1, 2, 2]
    assert a.n_calls == 4


@pytest.mark.parametrize("kind", [LayerKind.WORKSPACE, LayerKind.EDITOR])
@pytest.mark.parametrize(
    "planted",
    [
        {"roles": {"complete": "hosted"}},
        {"providers": {"far": FAR}},
        {"providers": {"near": {"base_url": "https://models.example", "remote": True}}},
        {"logical": {"mine": {"groups": [[{"provider": "far", "model": "x"}]]}}},
        {"agents": {"x": {"concurrency": 9}}},
        {"catalogue": {"mine": {"file": "/planted.gguf"}}},
    ],
)
def test_what_a_workspace_can_write_changes_nothing_and_is_told(kind: LayerKind, planted: Mapping[str, object]) -> None:
    own: dict[str, Any] = {
        "roles": {"complete": "mine"},
        "providers": {"near": {"base_url": "http://127.0.0.1:9"}},
        "logical": {
            "mine": {"groups": [[{"provider": "near", "model": "m"}]]},
            "hosted": {"groups": [[{"provider": "far", "model": "m"}]]},
        },
    }
    user = Layer(LayerKind.USER, {"models": own})
    layer = (
        editor_layer({"pylot": {"models": planted}}) if kind is LayerKind.EDITOR else Layer(kind, {"models": planted})
    )
    alone, _ = load_settings(SECTIONS, [user])
    both, problems = load_settings(SECTIONS, [user, layer])

    assert both.section(ModelsSettings) == alone.section(ModelsSettings) == ModelsSettings.model_validate(own)
    assert [problem.key[:2] for problem in problems] == [("models", next(iter(planted)))]
    assert "your own configuration file" in problems[0].sentence.lower()


@pytest.mark.parametrize(
    ("provider", "says"),
    [
        ({"base_url": "http://192.168.1.2:8080"}, "set remote = true"),
        ({"base_url": "https://models.example/v1"}, "set remote = true"),
        ({"base_url": "ftp://127.0.0.1"}, "must begin with http"),
        ({}, "must begin with http"),
    ],
)
def test_another_machine_is_refused_unless_the_provider_says_so(
    tmp_path: Path, provider: dict[str, object], says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        real_door(tmp_path, servers_of(provider)).provider("complete")


def test_by_default_every_role_stays_in_pylots_own_engine(tmp_path: Path) -> None:
    """P1: and nothing that speaks HTTP is loaded with the language server."""
    door = real_door(tmp_path, ModelsSettings())
    previews = [preview for role in ROLES for preview in door.preview(role, PROMPT)]
    loaded = loaded_by([*PACKAGE.glob("lsp/**/*.py"), *PACKAGE.glob("app/**/*.py")])

    assert {(it.deployment, it.remote) for it in previews} == {("pylot-tiny", False), (BOXED_EMBEDDER, False)}
    assert {name for name in loaded if name.split(".")[0] == "httpx"} == set()


def servers_of(provider: dict[str, object]) -> ModelsSettings:
    logical = {"mine": {"groups": [[{"provider": "near", "model": "m"}]]}}
    return ModelsSettings.model_validate(
        {"roles": {"complete": "mine"}, "providers": {"near": provider}, "logical": logical}
    )


def real_door(folder: Path, settings: ModelsSettings) -> Models:
    return Models(
        settings,
        EngineSettings(),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=folder,
        runtime_directory=folder,
        log_directory=folder,
        clock=ManualClock(),
        say=lambda _: None,
    )
