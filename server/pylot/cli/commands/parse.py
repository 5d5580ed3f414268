"""`pylot parse FILE`: what a file of code holds."""

from __future__ import annotations

import argparse
from pathlib import Path

from pylot.cli.parse_report import report_lines, report_values
from pylot.cli.place import read_text_file
from pylot.cli.terminal import print_json, print_lines
from pylot.kernel.errors import PylotError
from pylot.syntax.languages import canonical_language, detected_language, is_known_language
from pylot.syntax.parsed_code import read_code

_WHY_NOT = {
    "no grammar": "Pylot has no grammar for this language; name another with --language.",
    "too large": "The file is larger than 1 MiB.",
    "too slow": "The file takes too long to parse.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--language", help="the language (default: by the file's name, or its first line)")
    parser.add_argument("--json", action="store_true", help="write JSON, with scopes and every use of each name")


def run(arguments: argparse.Namespace) -> int:
    """Print what the file holds; exit code 1 when it cannot be parsed."""
    if arguments.language and not is_known_language(arguments.language):
        raise PylotError("Pylot knows no language of this name.")
    text = read_text_file(arguments.file)
    named = canonical_language(arguments.language) if arguments.language else ""
    code = read_code(text, named or detected_language(arguments.file.name, text))
    if code.state != "parsed":
        raise PylotError(_WHY_NOT[code.state])
    if arguments.json:
        print_json({"file": str(arguments.file), **report_values(code, text)})
    else:
        print_lines(*report_lines(code, text))
    return 0
