r"""From a JSON Schema to the grammar, in llama.cpp's GBNF, that an answer is kept to.

The converter of llama-cpp-python 0.3.36 lets raw control characters into strings, copies backslashes of constants
unescaped and takes an empty schema for an object, so that its answers need not be JSON of the schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pylot.engine.plain_schema import MAX_SCHEMA_BYTES, plain_schema
from pylot.kernel.errors import EngineError, PylotError

_MAX_GRAMMAR = 512 << 10
# `\u` with a half of a surrogate pair is JSON, but no text; so it is left out.
_BASICS = r"""
ws ::= | " " | "\n"{1,2} [ \t]{0,20}
char ::= [^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" ([0-9a-cA-CefEF] hex hex hex | [dD] [0-7] hex hex))
hex ::= [0-9a-fA-F]
string ::= "\"" char* "\""
digits ::= "0" | [1-9] [0-9]{0,14}
integer ::= "-"? digits
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?
boolean ::= "true" | "false"
null ::= "null"
value ::= object | array | string | number | boolean | null
object ::= "{" ws (pair ("," ws pair)*)? "}"
pair ::= string ":" ws value ws
array ::= "[" ws (value ws ("," ws value ws)*)? "]"
"""


def grammar_of(schema_text: str) -> str:
    """Return the grammar of the answers that a schema allows; properties come in the order of the schema.

    Raises:
        EngineError: the schema is no JSON object, or too large.
    """
    if len(schema_text) > MAX_SCHEMA_BYTES:
        raise EngineError("The schema for the model's answer is too large.")
    try:
        schema = json.loads(schema_text)
        if not isinstance(schema, dict):
            raise EngineError("The schema for the model's answer is no JSON object.")
        plain = plain_schema(schema)
    except PylotError as error:
        raise EngineError(error.sentence, detail=error.detail) from error
    except (ValueError, RecursionError) as error:
        raise refused(type(error).__name__) from error
    writer = _Writer()
    root = writer.of(plain)
    grammar = "\n".join([f"root ::= {root}", *(f"r{n} ::= {rule}" for n, rule in enumerate(writer.rules)), _BASICS])
    if len(grammar) > _MAX_GRAMMAR:
        raise EngineError("The schema for the model's answer is too large.")
    return grammar


def refused(detail: str) -> EngineError:
    """Return the error for a schema of which no grammar can be made."""
    return EngineError("The schema for the model's answer cannot be made into a grammar.", detail=detail)


class _Writer:
    """Collect rules; what is handed out is the name of a rule or an expression without alternatives."""

    def __init__(self) -> None:
        self.rules: list[str] = []

    def of(self, schema: Mapping[str, Any]) -> str:
        if "anyOf" in schema:
            return self._rule(" | ".join(self.of(choice) for choice in schema["anyOf"]))
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return self._rule(" | ".join(_literal(value) for value in schema["enum"]))
        kind = schema.get("type", "value")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return self._array(schema)
        if kind == "string" and ("minLength" in schema or "maxLength" in schema):
            return self._rule(rf'"\"" char{_times(schema.get("minLength", 0), schema.get("maxLength"))} "\""')
        return str(kind)

    def _object(self, schema: Mapping[str, Any]) -> str:
        properties, others = schema.get("properties"), schema.get("additionalProperties")
        if properties:
            return self._rule(f'"{{" ws {self._properties(properties, schema.get("required", ()))} "}}"')
        if others is False:
            return self._rule('"{" ws "}"')
        if not isinstance(others, Mapping):
            return "object"
        pair = self._rule(f'string ":" ws {self.of(others)} ws')
        return self._rule(f'"{{" ws ({pair} ("," ws {pair})*)? "}}"')

    def _properties(self, properties: Mapping[str, Any], required: Sequence[str]) -> str:
        """Return a rule for the properties in their order, those that are not required only if the model likes."""
        # From the last to the first, each for both cases: as the first in the object, or behind another.
        first, behind = '""', '""'
        for name, value in reversed(list(properties.items())):
            pair = self._rule(f'{_literal(name)} ":" ws {self.of(value)} ws')
            if name in required:
                first, behind = self._rule(f"{pair} {behind}"), self._rule(f'"," ws {pair} {behind}')
            else:
                first = self._rule(f"{pair} {behind} | {first}")
                behind = self._rule(f'("," ws {pair})? {behind}')
        return first

    def _array(self, schema: Mapping[str, Any]) -> str:
        item = self._rule(f"{self.of(schema.get('items', {}))} ws")
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return self._rule('"[" ws "]"')
        more = f'{item} ("," ws {item}){_times(max(least - 1, 0), None if most is None else max(most, least) - 1)}'
        return self._rule(f'"[" ws {more} "]"' if least else f'"[" ws ({more})? "]"')

    def _rule(self, expression: str) -> str:
        self.rules.append(expression)
        return f"r{len(self.rules) - 1}"


def _times(least: int, most: int | None) -> str:
    if most is None:
        return f"{{{least},}}" if least else "*"
    return f"{{{least},{max(most, least)}}}"


def _literal(value: object) -> str:
    """Return the grammar of one JSON value, spelled as it is read best."""
    spelled = json.dumps(value, ensure_ascii=False)
    if not spelled.isprintable() or any("\ud800" <= character <= "\udfff" for character in spelled):
        spelled = json.dumps(value)
    escaped = spelled.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
