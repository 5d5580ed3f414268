"""The pure parts of routing: choice, health, limits, the call log and the result cache (H10, H11, H14, I9, I18, Q2)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pylot.kernel.clock import ManualClock
from pylot.models.routing.call_log import Call, CallLog
from pylot.models.routing.choice import Candidate, blend, choose
from pylot.models.routing.health import Health
from pylot.models.routing.limits import Limits
from pylot.models.routing.result_cache import ResultCache, is_repeatable
from pylot.models.settings import HealthSettings, ResultCacheSettings
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, Urgency, Usage

EXACT = CompletionParameters(max_tokens=8)
HELLO = (ChatMessage("user", "hello"),)
CALL = Call("reviewer", "critic", "m", "p", 1.0, "end", 100.0, 20.0, 50, 40, 11, 100.0)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([Candidate(0), Candidate(0)], 0),
        ([Candidate(1), Candidate(0)], 1),
        ([Candidate(1, weight=3), Candidate(0)], 0),
        ([Candidate(3, weight=3), Candidate(0)], 1),
        ([Candidate(0, first_token_ms=80.0), Candidate(0, first_token_ms=20.0)], 1),
        ([Candidate(0, first_token_ms=80.0), Candidate(0)], 1),
        ([Candidate(1, first_token_ms=1.0), Candidate(0, first_token_ms=900.0)], 1),
    ],
)
def test_the_least_busy_is_chosen_and_latency_decides_between_equals(candidates: list[Candidate], chosen: int) -> None:
    assert choose(candidates) == chosen


def test_a_moving_average_follows_slowly() -> None:
    assert blend(None, 50.0) == 50.0
    assert 50.0 < blend(50.0, 100.0) < 75.0


def walk(steps: str, settings: HealthSettings) -> tuple[str, bool]:
    """Take steps: `f` fails, `s` succeeds, `r` asks for a rest of 5 s, a digit is so many seconds."""
    clock = ManualClock()
    health = Health(settings, clock)
    for step in steps:
        if step.isdigit():
            clock.advance(int(step))
            continue
        trial = health.begin() if health.admits(0) else False
        match step:
            case "f":
                health.failed(trial=trial)
            case "s":
                health.succeeded(trial=trial)
            case "r":
                health.rest(5, trial=trial)
    return health.state, health.admits(0)


@pytest.mark.parametrize(
    ("steps", "state", "admits"),
    [
        ("", "good", True),
        ("ff", "doubtful", True),
        ("fff", "resting", False),
        ("f7f7f", "resting", False),
        ("ff99f", "doubtful", True),
        ("fff9", "resting", False),
        ("fff91", "resting", True),
        ("fff91s", "good", True),
        ("fff91f9", "resting", False),
        ("fff91f91s", "good", True),
        ("sfsfsf", "resting", False),
        ("ssssfsfsfs", "good", True),
        ("r4", "resting", False),
        ("r5", "resting", True),
        ("r5s", "good", True),
    ],
)
def test_health_over_time(steps: str, state: str, admits: bool) -> None:
    assert walk(steps, HealthSettings(failures=3, window_seconds=15, rest_seconds=10)) == (state, admits)


def test_only_one_trial_at_a_time_and_an_unfinished_one_decides_nothing() -> None:
    clock = ManualClock()
    health = Health(HealthSettings(failures=1), clock)
    health.failed(trial=health.begin())
    clock.advance(10)
    trial = health.begin()
    during = health.admits(1)
    health.released(trial=trial)

    assert (trial, during, health.admits(0)) == (True, False, True)


@pytest.mark.parametrize(("in_flight", "admits"), [(0, True), (1, True), (2, False)])
def test_while_in_doubt_only_the_failures_that_are_left_may_run(in_flight: int, admits: bool) -> None:
    health = Health(HealthSettings(failures=3), ManualClock())
    health.failed(trial=health.begin())

    assert health.admits(in_flight) is admits


def test_a_rate_is_kept_with_a_small_burst() -> None:
    clock = ManualClock()
    limits = Limits(60, 0, clock)
    began = []
    for _ in range(200):
        if limits.wait_seconds == 0:
            limits.begin()
            limits.end()
            began.append(clock.now)
        clock.advance(0.5)

    assert sum(1 for time in began if time < began[0] + 60) in range(60, 67)


def test_how_long_there_is_to_wait() -> None:
    clock = ManualClock()
    both = Limits(60, 6, clock)
    for _ in range(6):
        both.begin()
    full = both.wait_seconds
    both.end()

    assert full == math.inf
    assert both.wait_seconds == pytest.approx(1.0)
    assert Limits(0, 0, clock).wait_seconds == 0


def test_calls_are_summed_by_who_asked_whom() -> None:
    log = CallLog()
    for call in (CALL, replace(CALL, decode_ms=400.0), replace(CALL, outcome="ProviderUnavailableError")):
        log.add(call)
    log.add(replace(CALL, agent="coder", generated_tokens=0))
    totals, last = log.to_dict(n_last=2)["totals"], log.to_dict(n_last=2)["last"]

    assert totals == [
        {
            "agent": "reviewer",
            "role": "critic",
            "provider": "p",
            "model": "m",
            "calls": 3,
            "outcomes": {"end": 2, "ProviderUnavailableError": 1},
            "promptTokens": 150,
            "cachedTokens": 120,
            "generatedTokens": 33,
            "meanLatencyMs": 100.0,
            "tokensPerSecond": {"min": 25.0, "mean": 50.0, "max": 100.0},
        },
        {
            "agent": "coder",
            "role": "critic",
            "provider": "p",
            "model": "m",
            "calls": 1,
            "outcomes": {"end": 1},
            "promptTokens": 50,
            "cachedTokens": 40,
            "generatedTokens": 0,
            "meanLatencyMs": 100.0,
            "tokensPerSecond": None,
        },
    ]
    assert isinstance(last, list)
    assert len(last) == 2


@pytest.mark.parametrize(
    ("parameters", "urgency", "expected"),
    [
        (EXACT, Urgency.CHAT, True),
        (EXACT, Urgency.AGENT, True),
        (EXACT, Urgency.COMPLETION, False),
        (replace(EXACT, temperature=0.1), Urgency.CHAT, False),
        (replace(EXACT, max_tokens=0), Urgency.SPECULATIVE, False),
    ],
)
def test_which_answers_are_kept(parameters: CompletionParameters, urgency: Urgency, expected: bool) -> None:
    assert is_repeatable(parameters, urgency) is expected


def test_the_key_is_exact_and_tells_nothing() -> None:
    clock = ManualClock()
    one, other = (ResultCache(ResultCacheSettings(), clock) for _ in range(2))
    prompt = FimPrompt("a.py", "x", "", "")
    keys = [
        one.key("chat", "m", HELLO, EXACT),
        one.key("coder", "m", HELLO, EXACT),
        one.key("chat", "n", HELLO, EXACT),
        one.key("chat", "m", (ChatMessage("user", "hello "),), EXACT),
        one.key("chat", "m", HELLO, replace(EXACT, stops=("\n",))),
        one.key("chat", "m", prompt, EXACT),
        one.key("chat", "m", replace(prompt, file="/elsewhere/a.py"), EXACT),
        one.key("chat", "m", replace(prompt, head="\ud800"), EXACT),
        other.key("chat", "m", HELLO, EXACT),
    ]

    assert len(set(keys)) == len(keys)
    assert one.key("chat", "m", list(HELLO), replace(EXACT, deadline_ms=5.0)) == keys[0]


@pytest.mark.parametrize(
    ("entries", "seconds", "finish", "text", "kept"),
    [
        (2, 10, "end", "yes", True),
        (2, 0.5, "end", "yes", False),
        (0, 10, "end", "yes", False),
        (2, 10, "deadline", "yes", False),
        (2, 10, "cancelled", "yes", False),
        (2, 10, "stop", "yes", True),
        (2, 10, "end", "y" * 100_000, False),
    ],
)
def test_whole_answers_live_for_a_while(entries: int, seconds: float, finish: str, text: str, kept: bool) -> None:
    clock = ManualClock()
    cache = ResultCache(ResultCacheSettings(entries=entries, seconds=seconds), clock)
    key = cache.key("chat", "m", HELLO, EXACT)
    cache.put(key, [Delta(text)], Usage(finish, prompt_tokens=9, generated_tokens=2, total_ms=500.0))
    clock.advance(1)
    again = Usage(finish, prompt_tokens=9, reused_tokens=9, generated_tokens=2)

    assert cache.get(key) == (((Delta(text),), again) if kept else None)


def test_the_least_recently_used_answer_goes_first() -> None:
    cache = ResultCache(ResultCacheSettings(entries=2), ManualClock())
    keys = [cache.key("chat", str(number), HELLO, EXACT) for number in range(3)]
    for key in keys[:2]:
        cache.put(key, [], Usage("end"))
    cache.get(keys[0])
    cache.put(keys[2], [], Usage("end"))

    assert [cache.get(key) is not None for key in keys] == [True, False, True]
