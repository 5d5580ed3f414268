"""Turn chat messages into a prompt with the model's own template, rendered where it can do no harm."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pylot.kernel.errors import ModelAbilityError, ModelError

_WORKER = Path(__file__).with_name("chat_template_worker.py")
_SECONDS = 5.0
_MAX_CHARACTERS = 2_000_000


async def render_chat(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    special: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
    seconds: float = _SECONDS,
) -> str:
    """Return the prompt for a conversation, ending where the assistant's answer begins.

    `special` gives `bos_token` and `eos_token`; `options` go to the template (for example `enable_thinking`, H18).

    Raises:
        ModelAbilityError: the model has no chat template.
        ModelError: the template fails, is too slow, or writes too much.
    """
    if not template:
        raise ModelAbilityError("This model has no chat template, so it cannot chat.")
    variables = {"messages": list(messages), "add_generation_prompt": True, **special, **(options or {})}
    request = {"template": template, "variables": variables, "max_characters": _MAX_CHARACTERS}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_WORKER), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(json.dumps(request).encode()), seconds)
    except TimeoutError:
        raise ModelError("The model's chat template takes too long; choose another model for chat.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        answer = json.loads(output)
    except ValueError:
        raise ModelError("The model's chat template broke its limits of time or memory.") from None
    if "error" in answer:
        raise ModelError("The model's chat template does not work.", detail=str(answer["error"]))
    return str(answer["text"])
