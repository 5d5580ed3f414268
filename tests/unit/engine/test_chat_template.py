"""A chat template comes from a file and may be hostile: it is rendered where it can do no harm."""

from __future__ import annotations

import pytest

from pylot.engine.chat_template import render_chat
from pylot.kernel.errors import ModelAbilityError, ModelError

MESSAGES = [{"role": "user", "content": "hello"}]
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}


async def test_messages_become_a_prompt() -> None:
    template = (
        "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %}{% if thinking %}!{% endif %}"
    )

    assert await render_chat(template, MESSAGES, special=SPECIAL, options={"thinking": True}) == "<s>[user] hello!"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{% include '/etc/passwd' %}",
        "{{ raise_exception('no') }}",
        "{% for",
        "{{ 'x' * 3000000 }}",
        "{{ 'x' * 3000000000 }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    ],
)
async def test_hostile_templates_are_stopped(template: str) -> None:
    with pytest.raises(ModelError):
        await render_chat(template, MESSAGES, special=SPECIAL, seconds=2.0)


async def test_no_template_means_no_chat() -> None:
    with pytest.raises(ModelAbilityError, match="no chat template"):
        await render_chat("", MESSAGES, special=SPECIAL)
