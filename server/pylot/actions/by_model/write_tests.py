"""Write unit tests: in the project's own framework, where it keeps its tests, and only such as check something (L4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pylot.actions.by_model.answers import dedented, only_code
from pylot.actions.by_model.places_of_tests import TESTED_LANGUAGES, PlaceOfTests, find_test_place, import_line
from pylot.actions.by_model.related import related_to
from pylot.actions.by_model.task import REWRITE, Answer, Around, Ask, Project, file_name, quoted_around
from pylot.actions.by_model.trusted import with_file
from pylot.actions.by_model.trying import NOT_RUN
from pylot.actions.by_model.units import Unit, unit_at, unit_of
from pylot.actions.edit_check import refuse_new_errors
from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import Offer, OtherFile, Place, Plan
from pylot.config.prompts import fenced
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from pylot.kernel.shown_text import hidden_characters
from pylot.syntax.code_nodes import Code, CodeNode, read_code_nodes

_SAMPLE = 2_500
_SCRIPT_CASES = ("test", "it")
_ASSERTIONS = {
    "python": re.compile(r"\bassert\b|\bself\.assert\w+\(|\bself\.fail|\bpytest\.(?:raises|approx|warns)\b"),
    "go": re.compile(r"\bt\.(?:Error|Fatal|Fail)\w*\(|\b(?:assert|require|is)\.\w+\("),
}
_SCRIPT_ASSERTION = re.compile(r"\bexpect\(|\bassert\b")
# The part of an import that says where it comes from.
_FROM = re.compile(r"^from\s+\S+\s+import\b|\bfrom\s+['\"][^'\"]*['\"]|\brequire\(['\"][^'\"]*['\"]\)")
_IMPORTS = ("import_statement", "import_from_statement", "import_declaration", "future_import_statement")


@dataclass(frozen=True, slots=True)
class _Cases:
    """What a model's test file comes to: its imports, its other statements, and the names of its tests."""

    imports: tuple[str, ...]
    rest: tuple[str, ...]
    names: tuple[str, ...]


class WriteTests:
    """Offered on a function, method or class of a file that lies in a workspace."""

    id = "write-tests"

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offer for the innermost definition around a place."""
        unit = _unit_at(place)
        if unit is not None:
            yield Offer(f"Write tests for {unit.name}", REWRITE, self.id, is_model=True)

    def ask(self, place: Place, offer: Offer, around: Around) -> Ask:
        """Ask for a whole test file."""
        unit, project = _required(place, around)
        where = find_test_place(project, place.language)
        imports = import_line(project, where, place.language, _imported_name(unit), place.text)
        sample = (where.text or where.sample)[:_SAMPLE]
        style = f"This is how the project writes its tests:\n\n{fenced(sample, place.language)}\n" if sample else ""
        related = related_to(place, unit.start, unit.end, around)
        values = {
            "related": related.text,
            "language": place.language,
            "file": file_name(place),
            "name": unit.name,
            "framework": where.framework,
            "context": fenced(quoted_around(place.text, unit.start, unit.end, around.room), place.language),
            "code": fenced(dedented(unit.indent + unit.text), place.language),
            "style": style,
            "imports": fenced(imports or "(the same package)", place.language),
        }
        quoted = where.path if where.text else where.sample_path
        files = (*related.files, *([project.absolute(quoted)] if quoted else []))
        return Ask("write-tests", values, files=files)

    def plan(self, place: Place, offer: Offer, answer: Answer, around: Around) -> Plan:
        """Make the test file, or add to the one that is there; what tests nothing is left out."""
        unit, project = _required(place, around)
        where = find_test_place(project, place.language)
        cases = _cases(only_code(answer.text), place.language, _called_names(unit))
        if not cases.names:
            raise ModelAnswerError(f"The model wrote no test that checks what {unit.name} does.")
        name = _imported_name(unit)
        import_ = import_line(project, where, place.language, name, place.text)
        imports = _with_import(cases.imports, import_, name)
        path = project.absolute(where.path)
        if where.text is None:
            _refuse_unread(project, where)
            label = _label(len(cases.names), unit)
            text = _new_file(place, cases, imports)
            _refuse_broken(text, place.language)
            return with_file(Plan((), label, needs_review=True), path, text)
        edits, n_tests = _additions(where, cases, imports, place.language)
        after = applied(where.text, edits)
        refuse_new_errors(where.text, after, place.language)
        if hidden_characters(after) - hidden_characters(where.text):
            raise ModelAnswerError("The model's tests hold characters that cannot be seen, so nothing is changed.")
        label = _label(n_tests, unit)
        return Plan((), label, (OtherFile(path, where.text, tuple(edits)),), needs_review=True)


def _unit_at(place: Place) -> Unit | None:
    if place.code is None or place.language not in TESTED_LANGUAGES or not place.path or _is_test(place.path):
        return None
    unit = unit_at(place.code, place.start, place.end)
    # A function within a function cannot be called by a test.
    return unit if unit is not None and _class_around(unit) is not None else None


def _class_around(unit: Unit) -> Unit | str | None:
    """Return the class that a unit is a member of, an empty string at the file's top, None inside of functions."""
    around = unit.outer.parent
    while around is not None:
        if (found := unit_of(around)) is not None and found.node != unit.node:
            return found if found.kind == "class" else None
        around = around.parent
    return ""


def _imported_name(unit: Unit) -> str:
    around = _class_around(unit)
    return around.name if isinstance(around, Unit) else unit.name


def _called_names(unit: Unit) -> frozenset[str]:
    """Return the names by which a test shows that it touches a unit."""
    if unit.name in ("__init__", "constructor"):
        return frozenset({_imported_name(unit)})
    return frozenset({unit.name})


def _is_test(path: str) -> bool:
    return bool(re.search(r"(?:^|/)(?:test_[^/]*\.py|[^/]*_test\.(?:py|go)|[^/]*\.(?:test|spec)\.[cm]?[jt]sx?)$", path))


def _required(place: Place, around: Around) -> tuple[Unit, Project]:
    unit = _unit_at(place)
    if unit is None:
        raise ActionRefusedError("There is no function or class here that Pylot can write tests for.")
    if around.project is None:
        raise ActionRefusedError("The file lies in no workspace folder, so Pylot does not know where its tests belong.")
    return unit, around.project


def _cases(written: str, language: str, names: frozenset[str]) -> _Cases:
    """Read a test file of a model: which tests check something of what is named, and what else they need."""
    code = read_code_nodes(written, language)
    if code is None or code.tree.error_count:
        raise ModelAnswerError("The model's tests could not be parsed.")
    imports: list[str] = []
    rest: list[str] = []
    good: list[str] = []
    for node in code.root.named:
        if node.type in _IMPORTS or re.match(r"(?:const|var|let)\b[^=]*=\s*require\(", node.text):
            imports.append(_lines_of(code, node))
            continue
        if node.type == "package_clause":
            continue
        tests = list(_tests_in(node, language))
        real = [name for name, test in tests if _is_real(test, language, names)]
        if tests and not real:
            continue
        good += real
        rest.append(_lines_of(code, node))
    return _Cases(tuple(imports), tuple(rest), tuple(good))


def _tests_in(node: CodeNode, language: str) -> Iterator[tuple[str, CodeNode]]:
    if language in ("python", "go"):
        for each in node.walk():
            unit = unit_of(each) if each.type in ("function_definition", "function_declaration") else None
            if unit is not None and unit.name.startswith(("test", "Test")):
                yield unit.name, each
        return
    for each in node.walk():
        callee = each.field("function") if each.type == "call_expression" else None
        arguments = each.field("arguments") if callee is not None else None
        if callee is not None and arguments is not None and callee.text.split(".")[0] in _SCRIPT_CASES:
            title = arguments.named[0].text if arguments.named else ""
            yield title.strip("'\"`"), each


def _is_real(test: CodeNode, language: str, names: frozenset[str]) -> bool:
    """Tell whether a test calls what it is for, and checks something that could be otherwise."""
    if not _ASSERTIONS.get(language, _SCRIPT_ASSERTION).search(test.text):
        return False
    if language == "python" and not re.sub(r"assert\s+(?:True|1)\b[^\n]*", "", test.text).count("assert"):
        return "raises" in test.text and _mentions(test, names)
    return _mentions(test, names)


def _mentions(test: CodeNode, names: frozenset[str]) -> bool:
    kinds = ("identifier", "property_identifier", "field_identifier", "type_identifier")
    body = test.field("body") or test.field("arguments") or test
    return any(each.type in kinds and each.text in names for each in body.walk())


def _lines_of(code: Code, node: CodeNode) -> str:
    """Return a statement with the comments right above it."""
    start, before = node.start, node.previous
    while before is not None and before.type == "comment" and not code.text[before.end : start].strip(" \t\n"):
        if code.text.count("\n", before.end, start) != 1:
            break
        start, before = before.start, before.previous
    return code.text[start : node.end]


def _new_file(place: Place, cases: _Cases, imports: list[str]) -> str:
    between = "\n\n\n" if place.language == "python" else "\n\n"
    head: list[str] = []
    if place.language == "go":
        found = re.search(r"^package\s+\w+", place.text, re.MULTILINE)
        head = [found[0] if found else "package main"]
    elif place.language == "python" and any(each.startswith("from __future__") for each in imports):
        imports = sorted(imports, key=lambda each: not each.startswith("from __future__"))
    return between.join([*head, *(["\n".join(imports)] if imports else []), *cases.rest]) + "\n"


def _with_import(imports: tuple[str, ...], import_: str, name: str) -> list[str]:
    """Return imports among which the name under test comes from where it is; models guess that place."""
    if not import_:
        return list(imports)
    wrong = next((each for each in imports if re.search(rf"\b{re.escape(name)}\b", each) and _FROM.search(each)), None)
    if wrong is None:
        return [*imports, import_]
    right = _FROM.search(import_)
    assert right is not None
    mended = _FROM.sub(lambda _: right[0], wrong, count=1)
    return [mended if each == wrong else each for each in imports]


def _additions(where: PlaceOfTests, cases: _Cases, imports: list[str], language: str) -> tuple[list[TextEdit], int]:
    """Return the edits that add tests to a file that is there, and how many; what it has already is not added again."""
    assert where.text is not None
    code = read_code_nodes(where.text, language)
    top = list(code.root.named) if code is not None else []
    taken = {name for node in top for name, _ in _tests_in(node, language)} | {_defined_name(each) for each in top}
    fresh = [each for each in cases.rest if not _names_of(each, language) & taken]
    if not fresh:
        raise ActionRefusedError("The project has tests with these names already.")
    imports = [each for each in imports if not _is_imported(where.text, each)]
    last = next((each for each in reversed(top) if each.type in _IMPORTS), None)
    edits: list[TextEdit] = []
    if imports:
        at = last.end if last is not None else 0
        text = "\n".join(imports)
        edits.append(TextEdit(at, at, f"\n{text}" if last is not None else f"{text}\n\n"))
    end = len(where.text.rstrip())
    between = "\n\n\n" if language == "python" else "\n\n"
    edits.append(TextEdit(end, len(where.text), between + between.join(fresh) + "\n"))
    return edits, sum(len(_names_of(each, language) & set(cases.names)) for each in fresh)


def _label(n_tests: int, unit: Unit) -> str:
    """Say what is written, and that nobody has run it."""
    tests = "1 test" if n_tests == 1 else f"{n_tests} tests"
    return f"Write {tests} for {unit.name}, {NOT_RUN}"


def _is_imported(text: str, import_: str) -> bool:
    if import_ in text:
        return True
    found = re.fullmatch(r"from (\S+) import (\w+)", import_)
    if found is None:
        return False
    return re.search(rf"^from {re.escape(found[1])} import .*\b{found[2]}\b", text, re.MULTILINE) is not None


def _names_of(source: str, language: str) -> set[str]:
    code = read_code_nodes(source, language)
    if code is None:
        return set()
    tests = {name for node in code.root.named for name, _ in _tests_in(node, language)}
    return tests | {_defined_name(each) for each in code.root.named} - {""}


def _defined_name(node: CodeNode) -> str:
    unit = unit_of(node)
    return unit.name if unit is not None else ""


def _refuse_unread(project: Project, where: PlaceOfTests) -> None:
    """Refuse to make a file that is there, but that Pylot may not read."""
    path = PurePosixPath(where.path)
    if path.name in project.names(path.parent.as_posix()):
        raise ActionRefusedError(f"The tests belong into {path}, which is excluded from what Pylot may read.")


def _refuse_broken(text: str, language: str) -> None:
    refuse_new_errors("", text, language)
