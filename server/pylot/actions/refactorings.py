"""Every code action that a program works out, in the order in which editors list them."""

from __future__ import annotations

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.convert_conditional import ConvertConditional
from pylot.actions.convert_loop import ConvertLoop
from pylot.actions.convert_string import ConvertString
from pylot.actions.extract_function import ExtractFunction
from pylot.actions.extract_variable import ExtractVariable
from pylot.actions.inline_function import InlineFunction
from pylot.actions.inline_variable import InlineVariable
from pylot.actions.move_to_file import MoveToFile
from pylot.actions.offer import Refactoring

REFACTORINGS: tuple[Refactoring, ...] = (
    ExtractVariable(),
    ExtractFunction(),
    InlineVariable(),
    InlineFunction(),
    ConvertConditional(),
    ConvertLoop(),
    ConvertString(),
    ChangeSignature(),
    MoveToFile(),
)
