"""An answer keeps to its schema, whatever the model would rather say: random weights prove that the grammar holds."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from typing import Any

import pytest

from pylot.engine.constraint import Constraint
from pylot.engine.decoder import Decoder
from pylot.engine.generation import GenerateJob
from pylot.engine.grammar import grammar_of
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.llama_grammar import LlamaGrammar
from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.engine.plain_schema import plain_schema
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.engine.thinking import Thinking
from pylot.kernel.errors import EngineError
from tests.support.random_gguf import RandomModels, Shape

POINT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "kind": {"enum": ["file", "folder", "größer"]},
        "size": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3},
    },
    "required": ["name", "kind", "size"],
    "additionalProperties": False,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "object": POINT,
    "choice": {"oneOf": [{"const": "yes"}, {"type": "object", "properties": {"no": {"type": "null"}}}]},
    "nullable": {"type": ["boolean", "null"], "description": "x" * 3_000},
    "nested": {"type": "array", "items": POINT, "minItems": 1, "maxItems": 2},
    "reference": {"$ref": "#/$defs/p", "$defs": {"p": {"type": "object", "properties": {"p": {"enum": [1, 2.5]}}}}},
    "huge numbers": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2, "minItems": 2, "title": "t"},
}
TEXT = [TextPiece("# An answer in JSON:\n")]


@pytest.fixture(scope="module")
def runtime(random_model: RandomModels) -> Iterator[LlamaRuntime]:
    made = LlamaRuntime(random_model(Shape()), RuntimeParameters(n_ctx=2048, n_sequences=2, n_threads=1))
    yield made
    made.close()


@pytest.fixture
def freed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a grammar's memory is given back."""
    from llama_cpp import llama_cpp as lib

    seen: list[int] = []
    free = lib.llama_sampler_free

    def count(sampler: Any) -> None:
        seen.append(1)
        free(sampler)

    monkeypatch.setattr(lib, "llama_sampler_free", count)
    return seen


class Run:
    """A decoder and what its jobs have answered."""

    def __init__(self, runtime: LlamaRuntime) -> None:
        self.decoder = Decoder(runtime)
        self.events: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.texts: dict[str, str] = {}
        self.decoder.start()

    def submit(self, name: str, parameters: GenerateParameters, priority: Priority = Priority.AGENT) -> GenerateJob:
        job = GenerateJob(
            id=name, priority=priority, emit=lambda event: self.events.put((name, event)), parameters=parameters
        )
        self.texts[name] = ""
        self.decoder.submit(job)
        return job

    def next(self) -> tuple[str, dict[str, Any]]:
        name, event = self.events.get(timeout=60)
        self.texts[name] += str(event.get("text", event.get("rest", "")))
        return name, event

    def finish(self, name: str) -> dict[str, Any]:
        while True:
            owner, event = self.next()
            if owner == name and "done" in event:
                return event


@pytest.fixture
def run(runtime: LlamaRuntime) -> Iterator[Run]:
    made = Run(runtime)
    yield made
    made.decoder.stop()
    for sequence_id in range(runtime.facts.n_sequences):
        runtime.clear(sequence_id)


def asked(schema: dict[str, Any], *, temperature: float = 0.0, seed: int = 0, n: int = 400) -> GenerateParameters:
    sampling = SamplingParameters(temperature=temperature, seed=seed)
    return GenerateParameters(TEXT, n, sampling=sampling, schema=json.dumps(schema))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
@pytest.mark.parametrize(("temperature", "seed"), [(0.0, 0), (0.8, 1), (1.5, 2), (1.0, 3)])
def test_every_answer_is_json_of_its_schema(
    run: Run, schema: dict[str, Any], temperature: float, seed: int, freed: list[int]
) -> None:
    """T10: the constraint holds for greedy and for random choices."""
    import jsonschema

    run.submit("job", asked(schema, temperature=temperature, seed=seed))
    done = run.finish("job")

    assert (done["done"], done["error"]) == ("end", "")
    jsonschema.validate(json.loads(run.texts["job"]), schema)
    assert len(freed) == 1


def test_a_suspended_job_goes_on_where_its_grammar_stood(run: Run, freed: list[int]) -> None:
    alone = run.submit("alone", asked(SCHEMAS["nested"], seed=5, temperature=1.0))
    run.finish("alone")
    run.submit("job", asked(SCHEMAS["nested"], seed=5, temperature=1.0))
    run.next()
    # More jobs than sequences: the least urgent one gives its sequence away and comes back.
    for number in range(2):
        run.submit(f"urgent-{number}", GenerateParameters([TextPiece(f"{number} = ")], 5), Priority.COMPLETION)
    run.finish("job")

    assert json.loads(run.texts["job"]) == json.loads(run.texts["alone"])
    assert alone.finished
    assert len(freed) == 2


def test_a_cancelled_job_gives_its_grammar_back(run: Run, freed: list[int]) -> None:
    run.submit("job", asked({"type": "string", "minLength": 60}, n=300))
    run.next()
    run.decoder.cancel("job")
    done = run.finish("job")

    assert done["done"] in ("cancelled", "end")
    assert len(freed) == 1


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ("[]", "no JSON object"),
        ("{", "cannot be made into a grammar"),
        (json.dumps({"enum": ["x" * 70_000]}), "too large"),
        (json.dumps({"anyOf": [{"type": "boolean"}] * 5_000}), "too large"),
    ],
)
def test_a_schema_that_cannot_be_used_is_one_sentence(run: Run, schema: str, sentence: str) -> None:
    run.submit("job", GenerateParameters(TEXT, 20, schema=schema))
    done = run.finish("job")

    assert done["done"] == "error"
    assert sentence in done["error"]
    run.submit("next", GenerateParameters(TEXT, 2))
    assert run.finish("next")["done"] == "length"


@pytest.mark.parametrize("gbnf", ["root ::= root", "root ::= missing", 'root ::= "a"{5000}', "nonsense"])
def test_a_grammar_that_llama_cpp_refuses_is_one_sentence(runtime: LlamaRuntime, gbnf: str) -> None:
    with pytest.raises(EngineError, match="cannot be made into a grammar"):
        LlamaGrammar(runtime._vocab, gbnf)


@pytest.mark.parametrize(
    "schema",
    [
        {"enum": ['a"b', "c\\d", "e\nf", "😀"]},
        {"type": "object", "properties": {'a"::= "b': {"const": True}}, "required": ['a"::= "b']},
        {"type": "string", "pattern": "^(a+)+$", "maxLength": 10**9},
        {"type": "array", "items": {}, "maxItems": 10**9},
        {"$ref": "#"},
        {"$ref": "https://example.invalid/schema.json"},
        {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        {"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "null"}}}]},
        {"type": "object", "properties": {"string": {"type": "string"}, "value": {}, "root": {"type": "object"}}},
        {"type": "nonsense", "properties": 5, "required": 7, "items": [1]},
        {"type": {"a": 1}},
        {"type": "string", "maxLength": 0},
        {"type": "array", "maxItems": 0},
        {"not": {}},
        {},
    ],
)
def test_odd_schemas_make_grammars(runtime: LlamaRuntime, schema: dict[str, Any]) -> None:
    """T10: descriptions, patterns and huge repetitions have broken servers."""
    grammar = runtime.grammar(grammar_of(json.dumps(schema)))
    grammar.close()
    grammar.close()


def test_what_a_plain_schema_keeps() -> None:
    plain = plain_schema(
        {
            "type": "object",
            "description": "A " * 10_000,
            "properties": {
                "description": {"type": "string", "maxLength": 5, "pattern": "x{1,99999}", "default": "a"},
                "rows": {"type": "array", "items": {"$ref": "#/definitions/row"}, "maxItems": 100_000},
            },
            "required": ["description", "unknown"],
            "definitions": {"row": {"type": ["integer", "null"], "minimum": 3}},
        }
    )

    assert plain == {
        "type": "object",
        "properties": {
            "description": {"type": "string", "maxLength": 5},
            "rows": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        },
        "required": ["description"],
    }


class Words:
    """A vocabulary of words, and a grammar that wants `{` and then `}`; token 0 ends."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.accepted: list[str] = []

    def piece(self, token: int) -> bytes:
        return self.words[token].encode()

    def is_end(self, token: int) -> bool:
        return token == 0

    def is_control(self, token: int) -> bool:
        return token == 0

    def allows(self, token: int) -> bool:
        return self.words[token] == ["{", "}", ""][len(self.accepted)]

    def mask(self, logits: Any, n_likeliest: int) -> Any:
        import numpy as np

        return np.where([self.allows(token) for token in range(len(self.words))], logits, -np.inf)

    def accept(self, token: int) -> None:
        self.accepted.append(self.words[token])

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("thinking", "wanted", "said"),
    [
        ("none", ["a"], "{}"),
        ("open", ["a", "{", "</think>", "a", "a"], "a{</think>{}"),
        ("open", ["a", "</th", "ink>", "a"], "a</think>{}"),
        ("possible", ["<think>", "a", "</think>", "a"], "<think>a</think>{}"),
        ("possible", ["a", "<think>"], "{}"),
    ],
)
def test_the_grammar_begins_behind_the_thoughts(thinking: Thinking, wanted: list[str], said: str) -> None:
    """H18: a constraint must not keep a model from thinking first."""
    import numpy as np

    from pylot.engine.sampling import Sampler

    words = Words("", "a", "{", "}", "<think>", "</think>", "</th", "ink>")
    constraint = Constraint(words, words, thinking)
    text, wishes = "", [*wanted, "a", "a", "a"]
    for wish in wishes:
        logits = np.zeros(len(words.words), dtype=np.float32)
        logits[words.words.index(wish)] = 5.0
        chosen = constraint.choose(Sampler(SamplingParameters()), logits, [])
        assert chosen is not None
        if words.is_end(chosen[0]):
            break
        text += words.words[chosen[0]]

    assert text == said
