from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from pylot.policy.actions import Action, DeleteFile, RunCommand, WriteFile
from pylot.policy.decide import decide
from pylot.policy.rules import Rules
from pylot.policy.situation import Grant
from tests.support.policy_workspace import Ground, install

ACTION = RunCommand(argv=("make", "test", "V=1", "src/main.py"), cwd="src", timeout_s=60)


OTHERWISE: list[dict[str, Any]] = [
    *({"timeout_s": seconds} for seconds in range(1, 60)),
    *({"cwd": cwd} for cwd in (".", "tests", "src/..", "link_up", "src/link_hooks")),
    {"network": True},
    {"sudo": True},
]


def near_misses() -> list[RunCommand]:
    """Return a thousand different actions that all but are `ACTION`: one to three letters or words away."""
    draw = random.Random(9)
    found = {change.model_dump_json(): change for change in (ACTION.model_copy(update=other) for other in OTHERWISE)}
    while len(found) < 1000:
        words = list(ACTION.argv or ())
        for _ in range(draw.randint(1, 3)):
            _mutate(words, draw)
        if words and tuple(words) != ACTION.argv:
            miss = ACTION.model_copy(update={"argv": tuple(words)})
            found[miss.model_dump_json()] = miss
    return list(found.values())


def _mutate(words: list[str], draw: random.Random) -> None:
    index = draw.randrange(len(words))
    word = words[index]
    place = draw.randrange(len(word) + 1)
    match draw.randrange(5):
        case 0:
            words[index] = word[:place] + draw.choice("tes-=/. \u200b\u0441\u00a0\n\\'\"$;&|T1") + word[place:]
        case 1:
            words[index] = word[:place] + word[place + 1 :]
        case 2:
            words[index] = word.swapcase()
        case 3:
            words.insert(index + 1, draw.choice(["-k", "-n", "", "--", "SHELL=x", "test", "-fx", "&&"]))
        case _:
            other = draw.randrange(len(words))
            words[index], words[other] = words[other], word


def test_a_thousand_near_misses_of_one_grant_for_good(ground: Ground) -> None:
    """D2: only the identical action passes, and a later denial beats the grant."""
    situation = ground.situation(rules=Rules())
    decision = decide(ACTION, situation)
    forever = Grant(decision.hash_for("workspace"), "workspace", True, situation.workspace_id)
    situation = replace(situation, grants=(forever,))

    assert "workspace" in decision.scopes
    assert decide(ACTION, situation).verdict == "allow"
    assert {decide(miss, situation).verdict for miss in near_misses()} <= {"ask", "deny"}

    refused = replace(forever, allows=False)
    assert decide(ACTION, replace(situation, grants=(forever, refused))).verdict == "deny"


def test_a_deletion_is_of_one_content_and_a_refusal_of_it_of_all(ground: Ground) -> None:
    """T2, D2."""
    situation = ground.situation()
    shown, now = (DeleteFile(path="README.md", before_hash=digest) for digest in ("a" * 64, "b" * 64))
    asked = decide(shown, situation)
    refused = Grant(asked.hash_for("user"), "user", False)

    assert decide(now, situation).action_hash != asked.action_hash
    assert decide(now, replace(situation, grants=(refused,))).verdict == "deny"


@pytest.mark.parametrize(
    "change",
    [
        {"workspace_id": "w2"},
        {"sandbox_level": "bubblewrap"},
        {"roots": "other"},
        {"file": ("src/Makefile", "test:\n\tevil\n")},
        {"file": ("src/GNUmakefile", "test:\n\tevil\n")},
        {"program": "make"},
    ],
)
def test_what_surrounds_an_action_is_part_of_it(ground: Ground, change: dict[str, Any]) -> None:
    """D2: the workspace, the sandbox, the program that is found and what it will run."""
    situation = ground.situation()
    before = decide(ACTION, situation)
    if "file" in change:
        name, text = change["file"]
        (ground.root / name).write_text(text)
    elif "program" in change:
        install(ground.root.parent / "first", change["program"])
        situation = replace(situation, search_path=(ground.root.parent / "first", *situation.search_path))
    elif "roots" in change:
        other = ground.root.parent / "project-evil"
        (other / "src").mkdir()
        situation = replace(situation, roots=(other,))
    else:
        situation = replace(situation, **change)

    assert decide(ACTION, situation).action_hash != before.action_hash


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("python3 src/main.py", "src/main.py"),
        ("python3 -m tests.test_main", "tests/test_main.py"),
        ("./build.sh", "build.sh"),
        ("sh build.sh", "build.sh"),
        ("env A=1 ./build.sh", "build.sh"),
        ("npm test", "package.json"),
        ("unheard-of build.sh", "build.sh"),
        ("unheard-of --plan=build.sh", "build.sh"),
        ("make -C src test", "src/Makefile"),
        ("make -f build.sh", "build.sh"),
        ("make -fbuild.sh", "build.sh"),
        ("cargo test", "build.rs"),
        ("pytest", "conftest.py"),
        ("cd src && python3 main.py", "src/main.py"),
        ("./build.sh 2>&1", "build.sh"),
        ("for x in a b; do sh build.sh $x; done", "build.sh"),
    ],
)
def test_a_changed_script_is_another_action(ground: Ground, line: str, file: str) -> None:
    """D2."""
    action, situation = RunCommand(line=line), ground.situation()
    before = decide(action, situation).action_hash
    path = ground.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("evil\n")

    assert decide(action, situation).action_hash != before


def test_the_same_action_has_the_same_hash_however_it_is_put(ground: Ground) -> None:
    situation = ground.situation()
    same: list[tuple[Action, Action]] = [
        (RunCommand(line="make  'test'"), RunCommand(argv=("make", "test"))),
        (RunCommand(line="cd src && make test"), RunCommand(argv=("make", "test"), cwd="src")),
        (RunCommand(line="make", cwd="src/../src"), RunCommand(line="make", cwd=str(ground.root / "src"))),
        (WriteFile(path="./a", before_hash=None, text=""), WriteFile(path="a", before_hash=None, text="")),
    ]

    for one, other in same:
        assert decide(one, situation).action_hash == decide(other, situation).action_hash


def test_what_was_hashed_is_json_and_holds_no_text_of_files(ground: Ground) -> None:
    decision = decide(WriteFile(path="a.py", before_hash=None, text="secret = 1"), ground.situation())

    assert "secret" not in json.dumps(decision.normalised)
    assert decision.model_validate_json(decision.model_dump_json()) == decision
