"""Any model takes the role `embed`, and gets only what its user allows (F11, H1, P3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from pylot.index.embedding.boxed import MODEL_ID, is_boxed_embedder_here
from pylot.index.embedding.embedder import Embedder
from pylot.index.embedding.role import open_embedder
from pylot.kernel.errors import ModelError, ProviderRequestError
from pylot.models.settings import BOXED_EMBEDDER, ModelsSettings, RoleSettings
from pylot.models.values import ModelProfile, Urgency
from tests.support.scripted_backends import Backend, open_door, servers


@dataclass(eq=False)
class Reader(Backend):
    """Give a text's length as its vector, and refuse what is longer than `most`."""

    most: int = 10_000
    dimensions: int = 2
    prefixes: tuple[str, str] = ("", "")
    identity: str = "one"

    @property
    def profile(self) -> ModelProfile | None:
        known = super().profile
        assert known is not None
        text, query = self.prefixes
        return replace(known, text_prefix=text, query_prefix=query, identity=self.identity)

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        await self._begin(tuple(texts))
        if any(len(text) > self.most for text in texts):
            raise ProviderRequestError("a refuses the request because the prompt is too long.", too_long=True)
        return [[float(len(text))] * self.dimensions for text in texts]


async def opened(*readers: Reader, **provider: object) -> Embedder:
    names = [reader.name for reader in readers]
    settings = servers(names, roles={"embed": "mix"}, providers=dict.fromkeys(names, provider))
    embedder = await open_embedder(settings, open_door(settings, readers))
    assert embedder is not None
    return embedder


async def test_texts_and_queries_get_the_words_that_their_model_wants() -> None:
    reader = Reader(prefixes=("text: ", "query: "))
    embedder = await opened(reader)
    vectors = await asyncio.to_thread(embedder.embed, ["a", "bb"], file="a.py")
    query = await asyncio.to_thread(embedder.embed_query, "c")

    assert reader.asked[-2:] == [("text: a", "text: bb"), ("query: c",)]
    assert (vectors.shape, query.shape) == ((2, 2), (2,))
    assert vectors.dtype == np.float32
    assert embedder.dimensions == 2


async def test_a_text_that_is_too_long_for_its_model_is_cut() -> None:
    reader = Reader(most=1000)
    embedder = await opened(reader)
    vectors = await asyncio.to_thread(embedder.embed, ["x" * 100_000, "y" * 1500, "z"], file="a.py")

    assert vectors[:, 0].tolist() == [512, 750, 1]


async def test_a_file_that_its_provider_must_not_see_is_not_sent() -> None:
    """P3: not even by somebody who forgot to ask."""
    reader = Reader()
    embedder = await opened(reader, exclude_paths=["secret/"], redact_secrets=False)
    n_calls = reader.n_calls

    assert embedder.allows("/project/a.py")
    assert not embedder.allows("/project/secret/a.py")
    with pytest.raises(ModelError, match="exclude_paths"):
        await asyncio.to_thread(embedder.embed, ["text"], file="/project/secret/a.py")
    assert reader.n_calls == n_calls


async def test_another_machine_needs_its_role() -> None:
    """P1, P3: a remote provider that is limited to other roles gets no text."""
    settings = servers(["far"], roles={"embed": "mix"}, providers={"far": {"roles": ["chat"]}})
    reader = Reader("far")

    with pytest.raises(ModelError, match="roles does not name it"):
        await open_embedder(settings, open_door(settings, [reader]))
    assert reader.n_calls == 0


@pytest.mark.parametrize(
    "other", [Reader(identity="two"), Reader(prefixes=("text: ", "")), Reader(dimensions=3), Reader("b")]
)
async def test_vectors_of_another_model_are_told_apart(other: Reader) -> None:
    one, same, different = [await opened(reader) for reader in (Reader(), Reader(), other)]

    assert one.model_id == same.model_id != different.model_id


async def test_deployments_that_disagree_are_refused() -> None:
    a, b = Reader("a"), Reader("b", dimensions=3)
    settings = servers(["a"], ["b"], roles={"embed": "mix"})
    embedder = await open_embedder(settings, open_door(settings, [a, b]))
    assert embedder is not None
    a.always = ProviderRequestError("a is full.")

    with pytest.raises(ModelError, match="different lengths"):
        await asyncio.to_thread(embedder.embed, ["text"], file="a.py")


async def test_nobody_serves_the_role() -> None:
    settings = ModelsSettings(roles=RoleSettings(embed=""))

    assert await open_embedder(settings, open_door(settings, [])) is None
    with pytest.raises(ModelError, match="No model serves the role embed"):
        open_door(settings, []).provider("embed")


@pytest.mark.skipif(not is_boxed_embedder_here(), reason="`make embedder` has not been run")
async def test_the_embedder_in_the_box_serves_unless_another_one_is_named() -> None:
    """P1: by default no provider is asked, and a model of one's own may have the same name."""
    settings = ModelsSettings()
    embedder = await open_embedder(settings, open_door(settings, []))
    own = servers(["a"], roles={"embed": BOXED_EMBEDDER}, logical={BOXED_EMBEDDER: {"groups": [[{"provider": "a"}]]}})

    assert embedder is not None
    assert (embedder.model_id, embedder.allows("/any/file")) == (MODEL_ID, True)
    assert not own.uses_boxed_embedder
    with pytest.raises(ModelError, match="Pylot's own index"):
        open_door(settings, []).provider("embed")
