"""Does a value fit a JSON Schema, and if not, why?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_LONGEST_PROBLEM = 400


def problem_of(value: Any, schema: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, in words for the model that wrote it, or an empty text; never raises."""
    # They take a tenth of a second to load, which only those pay who ask a model for structure.
    from jsonschema.exceptions import best_match
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry

    try:
        # Without a registry of its own, the library would fetch what a schema refers to.
        validator = validator_for(schema, default=Draft202012Validator)(schema, registry=Registry())
        error = best_match(validator.iter_errors(value))
    except Exception as failure:
        # Foreign schemas fail in many ways: unknown types, references to nowhere, endless recursion, broken patterns.
        return f"it cannot be checked, because the schema is no good ({type(failure).__name__})"
    if error is None:
        return ""
    message = error.message if len(error.message) <= _LONGEST_PROBLEM else f"{error.message[:_LONGEST_PROBLEM]}..."
    return f"{error.json_path}: {message}"
