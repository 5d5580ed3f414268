"""Find out with a tiny call in which form a model calls tools (T10)."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAnswerError, PylotError
from pylot.models.provider import Provider
from pylot.models.structured.attempt import FORMS, CallAttempt, is_refusal
from pylot.models.structured.values import Call, Form
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ChatMessage, CompletionParameters, Tool, Urgency

_PROBE_TOKENS = 160
_PROBE_MS = 120_000.0
WANTED_PATH = "src/main.py"
_TOOL = Tool(
    "read_file",
    "Read a file of the project.",
    {
        "type": "object",
        "properties": {"path": {"type": "string", "maxLength": 40}},
        "required": ["path"],
        "additionalProperties": False,
    },
)
_QUESTION = (ChatMessage("user", f"Show me the file {WANTED_PATH}."),)


@dataclass(frozen=True, slots=True)
class Probe:
    """The best form in which a model called the tool, and its call there."""

    form: Form
    call: Call | None = None

    @property
    def is_right(self) -> bool:
        """Whether the call asks for what was wanted, rather than only having the right form."""
        return self.call is not None and self.call.arguments.get("path") == WANTED_PATH


async def probe(
    provider: Provider,
    *,
    urgency: Urgency = Urgency.CHAT,
    token: CancellationToken | None = None,
    deadline_ms: float | None = None,
) -> Probe:
    """Return how a model calls tools, the best form first that works; a form that is refused does not.

    Raises:
        PylotError: the model cannot be had at the moment, so nothing was found out.
    """
    profile = await provider.ready()
    parameters = CompletionParameters(
        max_tokens=_PROBE_TOKENS, reasoning=False, deadline_ms=min(deadline_ms or _PROBE_MS, _PROBE_MS)
    )
    attempt = CallAttempt(provider, (_TOOL,), True, urgency, token)
    refusal: PylotError | None = None
    was_answered = False
    for form in FORMS:
        if form is Form.NATIVE and not profile.native_tools:
            continue
        try:
            _, repaired = await attempt.ask(_QUESTION, form, parameters)
        except PylotError as error:
            if not is_refusal(error):
                raise
            refusal = refusal or error
            continue
        was_answered = True
        if repaired.calls:
            return Probe(form, repaired.calls[0])
    if refusal is not None and not was_answered:
        raise refusal
    return Probe(Form.NONE)


async def find_form(
    provider: Provider,
    verdicts: Verdicts,
    *,
    urgency: Urgency,
    token: CancellationToken | None,
    deadline_ms: float | None,
) -> Form:
    """Return the form in which to ask a model for calls: as it was kept, or as a probe finds it now.

    A model that is too slow for the probe gets the form that leaves it the least choice, and is probed another time.
    """
    profile = await provider.ready()
    identity = profile.identity or profile.name
    async with verdicts.probing:
        form = verdicts.get(identity)
        if form is None:
            try:
                form = (await probe(provider, urgency=urgency, token=token, deadline_ms=deadline_ms)).form
            except ModelAnswerError:
                return Form.SCHEMA
            await verdicts.keep(identity, form)
    return form
