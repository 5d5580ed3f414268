"""A text with values in it, said in another way: f-strings, `format`, `%`, and template literals (L2, K5)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable

from pylot.actions.edits import TextEdit
from pylot.actions.offer import REWRITE, Offer, Place, Plan
from pylot.actions.shapes import SCRIPTS, SHAPES
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}!:.\[]*)((?:\.[^\W\d]\w*)*)(![rsa])?(:[^{}]*)?\}|[{}]")
_PERCENT = re.compile(r"%(?:%|(-?)([1-9]\d*)?([sra])|.|$)", re.DOTALL)
_SIMPLE = frozenset({"identifier", "integer", "float", "attribute", "call", "subscript", "parenthesized_expression"})
_IN_F_STRING = "'\"\\{}\n#"


class ConvertString:
    """Offer the other ways of putting values into a text."""

    id = "convert-string"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return the offers for the text at a place."""
        for title, name, convert in _ways(place):
            node = _text_at(place, name)
            if node is None or node.has_error:
                continue
            try:
                convert(node)
            except ActionRefusedError as error:
                if place.invoked:
                    yield Offer(title, REWRITE, f"{self.id}/{name}", refused=error.sentence)
                continue
            yield Offer(title, REWRITE, f"{self.id}/{name}")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edit of the text."""
        name = offer.id.partition("/")[2]
        for _, each, convert in _ways(place):
            node = _text_at(place, name) if each == name else None
            if node is not None:
                return Plan((TextEdit(node.start, node.end, convert(node)),))
        raise ActionRefusedError("There is no such text here.")


def _ways(place: Place) -> tuple[tuple[str, str, Callable[[CodeNode], str]], ...]:
    if place.code is None:
        return ()
    if place.language == "python":
        return (
            ("Convert to f-string", "from-format", _from_format),
            ("Convert to f-string", "from-percent", _from_percent),
            ("Convert to format()", "to-format", _to_format),
        )
    return (("Convert to template literal", "to-template", _to_template),) if place.language in SCRIPTS else ()


def _text_at(place: Place, name: str) -> CodeNode | None:
    """Return the node that a way of converting begins with."""
    assert place.code is not None
    node = place.code.smallest(place.start, place.end)
    found = None
    for each in (node, *node.around()):
        if each.type in SHAPES[place.language].blocks:
            break
        if name == "from-format" and each.type == "call" and _formatted(each) is not None:
            return each
        if name == "from-percent" and each.type == "binary_operator" and _is_percent(each):
            return each
        if name == "to-format" and each.type == "string" and _prefix(each).lower() in ("f", "rf", "fr"):
            parent = each.parent
            return None if parent is not None and parent.type == "concatenated_string" else each
        if name == "to-template" and each.type == "binary_expression" and _operands(each) is not None:
            found = each
    return found


def _formatted(node: CodeNode) -> CodeNode | None:
    """Return the string of `"...".format(...)`."""
    function = node.field("function")
    owner = function.field("object") if function is not None and function.type == "attribute" else None
    name = function.field("attribute") if function is not None else None
    return (
        owner if owner is not None and owner.type == "string" and name is not None and name.text == "format" else None
    )


def _is_percent(node: CodeNode) -> bool:
    left, operator = node.field("left"), node.field("operator")
    return left is not None and left.type == "string" and operator is not None and operator.text == "%"


def _prefix(node: CodeNode) -> str:
    return re.match(r"\w*", node.text).group()  # type: ignore[union-attr]


def _parts(node: CodeNode) -> tuple[str, str, str]:
    """Return the prefix, the quotes and the inside of a plain string."""
    prefix = _prefix(node)
    if prefix.lower() not in ("", "r", "u"):
        raise ActionRefusedError("This is not a plain string.")
    rest = node.text[len(prefix) :]
    quote = rest[:3] if rest[:3] in ('"""', "'''") else rest[:1]
    return prefix.replace("u", "").replace("U", ""), quote, rest[len(quote) : -len(quote)]


def _value(node: CodeNode) -> str:
    """Return an expression as it can stand in an f-string of any version of Python."""
    text = node.text
    if any(letter in text for letter in _IN_F_STRING) or "lambda" in text:
        raise ActionRefusedError("One of the values cannot stand within an f-string.")
    return text if node.type in _SIMPLE else f"({text})"


def _from_format(node: CodeNode) -> str:
    string, arguments = _formatted(node), node.field("arguments")
    if string is None or arguments is None or arguments.type != "argument_list":
        raise ActionRefusedError("There is no such text here.")
    prefix, quote, inside = _parts(string)
    if "\\N{" in inside:
        raise ActionRefusedError("This text names a character.")
    named = {
        key.text: value
        for each in arguments.named
        if each.type == "keyword_argument" and (key := each.field("name")) and (value := each.field("value"))
    }
    listed = [each for each in arguments.named if each.type != "keyword_argument"]
    if any("splat" in each.type for each in listed):
        raise ActionRefusedError("The values of this text are not all named here.")
    used: list[CodeNode] = []
    counted = itertools.count()

    def replaced(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()
        if match.group() in ("{", "}"):
            raise ActionRefusedError("Pylot cannot read the fields of this text.")
        name = match.group(1) or str(next(counted))
        value = named.get(name) or (listed[int(name)] if name.isdigit() and int(name) < len(listed) else None)
        if value is None:
            raise ActionRefusedError("A field of this text has no value.")
        used.append(value)
        bare = _value(value)
        owner = f"({bare})" if match.group(2) and value.type in ("integer", "float") else bare
        return f"{{{owner}{match.group(2)}{match.group(3) or ''}{match.group(4) or ''}}}"

    text = _FIELD.sub(replaced, inside)
    _refuse_use(used, [*listed, *named.values()])
    return f"{_marked(prefix)}{quote}{text}{quote}"


def _from_percent(node: CodeNode) -> str:
    string, right = node.field("left"), node.field("right")
    if string is None or right is None:
        raise ActionRefusedError("There is no such text here.")
    prefix, quote, inside = _parts(string)
    if "\\N{" in inside:
        raise ActionRefusedError("This text names a character.")
    if right.type == "tuple":
        values = right.named
    elif right.type in ("string", "integer", "float", "concatenated_string"):
        values = [right]
    else:
        raise ActionRefusedError("The value may be a tuple, whose parts would be put in one by one.")
    waiting = list(values)

    def replaced(match: re.Match[str]) -> str:
        if match.group() == "%%":
            return "%"
        if match.group(3) is None or not waiting:
            raise ActionRefusedError("Pylot can only convert %s, %r and %a, whatever the type of the value.")
        width = match.group(2)
        spec = f":{'<' if match.group(1) else '>'}{width}" if width else ""
        return f"{{{_value(waiting.pop(0))}!{match.group(3)}{spec}}}"

    text = _PERCENT.sub(replaced, inside.replace("{", "{{").replace("}", "}}"))
    if waiting:
        raise ActionRefusedError("There are more values than fields in this text.")
    return f"{_marked(prefix)}{quote}{text}{quote}"


def _to_format(node: CodeNode) -> str:
    prefix = re.sub("[fF]", "", _prefix(node))
    quote = node.children[0].text[len(_prefix(node)) :]
    pieces, values = [], []
    for each in node.children[1:-1]:
        if each.type != "interpolation":
            pieces.append(each.text)
            continue
        value, spec = each.field("expression"), each.field("format_specifier")
        is_plain = value is not None and not any(it.text == "=" for it in each.children)
        if value is None or not is_plain or (spec is not None and "{" in spec.text):
            raise ActionRefusedError("`format` cannot say this.")
        conversion = each.field("type_conversion")
        pieces.append(f"{{{conversion.text if conversion else ''}{spec.text if spec else ''}}}")
        values.append(value)
    if not values:
        raise ActionRefusedError("There is no value in this text.")
    if sum(any(it.type in SHAPES["python"].effects for it in each.walk()) for each in values) > 1:
        raise ActionRefusedError("Each value is put in before the next one is worked out.")
    return f"{prefix}{quote}{''.join(pieces)}{quote}.format({', '.join(_argument(each) for each in values)})"


def _argument(node: CodeNode) -> str:
    loose = ("expression_list", "yield", "named_expression", "generator_expression")
    return f"({node.text})" if node.type in loose else node.text


def _marked(prefix: str) -> str:
    return f"{prefix}f" if prefix else "f"


def _refuse_use(used: list[CodeNode], given: list[CodeNode]) -> None:
    """Refuse to work values out in another order, more often, or not at all, where somebody may notice."""
    acting = [each for each in given if any(it.type in SHAPES["python"].effects for it in each.walk())]
    in_order = [each for each in used if each in acting]
    if in_order != acting or len(acting) > 1:
        raise ActionRefusedError("The values would be worked out in another order.")


def _operands(node: CodeNode) -> list[CodeNode] | None:
    """Return what is put together by `+` to a text, from the left, if it is certain to be a text from the start."""
    found: list[CodeNode] = []
    each: CodeNode | None = node
    while each is not None and each.type == "binary_expression":
        operator, left, right = each.field("operator"), each.field("left"), each.field("right")
        if operator is None or operator.text != "+" or left is None or right is None:
            break
        found.insert(0, right)
        each = left
    if each is None or len(found) == 0:
        return None
    found.insert(0, each)
    is_text = any(it.type in ("string", "template_string") for it in found[:2])
    has_values = any(it.type != "string" for it in found)
    return found if is_text and has_values and not any(it.type == "comment" for it in node.walk()) else None


def _to_template(node: CodeNode) -> str:
    operands = _operands(node)
    if operands is None:
        raise ActionRefusedError("There is no such text here.")
    return f"`{''.join(_piece(each) for each in operands)}`"


def _piece(node: CodeNode) -> str:
    if node.type == "string":
        inside = re.sub(r"\\(['\"])|\\.", lambda match: match.group(1) or match.group(), node.text[1:-1])
        if re.search(r"\\[0-7]", inside):
            raise ActionRefusedError("A template cannot name a character by its octal number.")
        return inside.replace("`", "\\`").replace("${", "\\${")
    if node.type == "template_string":
        return node.text[1:-1]
    return f"${{{node.text}}}"
