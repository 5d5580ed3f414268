"""What docs/models.md and docs/providers.md show works (H9)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pylot.app.sections import SECTIONS
from pylot.config.file_layer import read_layer
from pylot.config.layers import LayerKind
from pylot.config.settings import load_settings
from pylot.kernel import cancellation, errors
from pylot.kernel.errors import ModelAbilityError
from pylot.models import values
from pylot.models.provider import Provider
from pylot.models.settings import ModelsSettings
from pylot.models.values import CompletionParameters
from tests.architecture.rooms import ROOT
from tests.support.scripted_backends import PROMPT, SOME, gather

TOML = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "models.md").read_text(encoding="utf-8"), re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "providers.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", TOML, ids=lambda text: str(text).splitlines()[0])
def test_every_configuration_is_good(tmp_path: Path, example: str) -> None:
    file = tmp_path / "pylot.toml"
    file.write_text(example, encoding="utf-8")
    layer, broken = read_layer(file, LayerKind.USER)
    settings, problems = load_settings(SECTIONS, [layer])

    assert (broken, problems) == ([], [])
    assert settings.section(ModelsSettings) != ModelsSettings()


async def test_the_example_of_a_provider_is_one() -> None:
    names: dict[str, Any] = {"AsyncIterator": AsyncIterator, "Mapping": Mapping, "Sequence": Sequence}
    [example] = PYTHON
    exec(example, names | vars(values) | vars(cancellation) | vars(errors), names)
    provider: Provider = names["EchoProvider"]("echo")

    assert await gather(provider.complete(values.FimPrompt("a.py", "x", "", "one two\nthree"), SOME)) == (
        "one two ",
        "end",
    )
    assert await gather(provider.complete(PROMPT, CompletionParameters(max_tokens=0))) == ("", "warm")
    with pytest.raises(ModelAbilityError):
        await provider.embed(["x"])
