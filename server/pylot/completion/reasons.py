"""Why there is no suggestion: stable ids, and the one sentence a person reads for each (`pylot.explain`)."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Name one cause of silence; the value is part of the protocol of `pylot.explain` and never changes."""

    # The gate.
    DISABLED = "disabled"
    LANGUAGE_OFF = "language_off"
    EXCLUDED = "excluded"
    OUT_OF_SYNC = "out_of_sync"
    COMMENT_OFF = "comment_off"
    STRING_OFF = "string_off"
    TOO_LITTLE_TEXT = "too_little_text"
    SELECTION_SPANS_LINES = "selection_spans_lines"
    MID_WORD = "mid_word"
    TEXT_RIGHT_OF_CURSOR = "text_right_of_cursor"
    UNDO_IN_PROGRESS = "undo_in_progress"
    JUST_DELETED = "just_deleted"
    # Generation.
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    NO_MODEL = "no_model"
    MODEL_FAILED = "model_failed"
    NO_CANDIDATE = "no_candidate"
    INTERNAL_ERROR = "internal_error"
    # Post-processing.
    EMPTY = "empty"
    ONLY_LINE_BREAKS = "only_line_breaks"
    REPETITIVE = "repetitive"
    REPEATS_LINE_ABOVE = "repeats_line_above"
    REPEATS_TEXT_BELOW = "repeats_text_below"
    REPEATS_REST_OF_LINE = "repeats_rest_of_line"
    CLOSES_TOO_MUCH = "closes_too_much"
    ONLY_PUNCTUATION = "only_punctuation"
    TOO_SHORT = "too_short"
    # Verification.
    BREAKS_SYNTAX = "breaks_syntax"
    LOW_CONFIDENCE = "low_confidence"
    DISAGREES_WITH_SELECTION = "disagrees_with_selection"


_SENTENCES: dict[Reason, str] = {
    Reason.DISABLED: "Suggestions are switched off in the settings.",
    Reason.LANGUAGE_OFF: "Suggestions are switched off for this language.",
    Reason.EXCLUDED: "This file is excluded from completion.",
    Reason.OUT_OF_SYNC: "The editor and the server disagree about the text, so Pylot waits for the whole text again.",
    Reason.COMMENT_OFF: "The cursor is in a comment, where suggestions are switched off.",
    Reason.STRING_OFF: "The cursor is in a string, where suggestions are switched off.",
    Reason.TOO_LITTLE_TEXT: "The file holds too little text to go by.",
    Reason.SELECTION_SPANS_LINES: "The text to be replaced spans several lines, which ghost text cannot.",
    Reason.MID_WORD: "The cursor is inside a word.",
    Reason.TEXT_RIGHT_OF_CURSOR: "Code follows the cursor on its line.",
    Reason.UNDO_IN_PROGRESS: "The last change was an undo or a redo.",
    Reason.JUST_DELETED: "The last change deleted text.",
    Reason.SUPERSEDED: "A newer request took the place of this one.",
    Reason.CANCELLED: "The editor cancelled the request.",
    Reason.TIMED_OUT: "The model did not answer in time.",
    Reason.NO_MODEL: "No model is ready, and the open files hold nothing to copy here.",
    Reason.MODEL_FAILED: "The model failed to answer.",
    Reason.NO_CANDIDATE: "No source proposed any text.",
    Reason.INTERNAL_ERROR: "Pylot made a mistake; its log says where.",
    Reason.EMPTY: "The proposed text was blank.",
    Reason.ONLY_LINE_BREAKS: "The model found the line complete.",
    Reason.REPETITIVE: "The proposed text repeated itself.",
    Reason.REPEATS_LINE_ABOVE: "The proposed text repeated the line above the cursor.",
    Reason.REPEATS_TEXT_BELOW: "The proposed text already stands below the cursor.",
    Reason.REPEATS_REST_OF_LINE: "The proposed text already stands right of the cursor.",
    Reason.CLOSES_TOO_MUCH: "The proposed text closed a bracket that is closed already.",
    Reason.ONLY_PUNCTUATION: "The proposed text was only punctuation.",
    Reason.TOO_SHORT: "The proposed text was too short to be worth a look.",
    Reason.BREAKS_SYNTAX: "The proposed text would have made the file parse worse.",
    Reason.LOW_CONFIDENCE: "The proposed text was less likely to be right than the eagerness setting asks for.",
    Reason.DISAGREES_WITH_SELECTION: "The proposed text did not extend the entry selected in the suggestion list.",
}


def sentence(reason: str) -> str:
    """Return the sentence for a reason id; an id from elsewhere is returned as it is."""
    try:
        return _SENTENCES[Reason(reason)]
    except ValueError:
        return reason
