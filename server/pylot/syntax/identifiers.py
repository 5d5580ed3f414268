"""The names that a text uses, which tell what it is about."""

from __future__ import annotations

import re
from types import MappingProxyType

_NAME = re.compile(r"[^\W\d]\w+")
_SHELL_NAME = re.compile(r"[^\W\d][\w\-]+")

_COMMON = "if else for while return break continue true false null"
_C_LIKE = f"""
    {_COMMON} do switch case default new this class public private protected static void const int try catch throw
"""
_WORDS = {
    "python": """
        and as assert async await break class continue def del elif else except finally for from global if import in is
        lambda nonlocal not or pass raise return try while with yield None True False self cls
    """,
    "javascript": f"""
        {_C_LIKE} function var let import export from of in typeof instanceof async await extends super finally yield
        undefined
    """,
    "go": f"""
        {_COMMON} chan const case default defer func go goto import interface map package range select struct switch
        type var nil string int error
    """,
    "rust": f"""
        {_COMMON} as async await const crate dyn enum extern fn impl in let loop match mod move mut pub ref self Self
        static struct super trait type unsafe use where Some None Ok Err
    """,
    "c": f"""
        {_C_LIKE} char double enum extern float goto inline long short signed sizeof struct typedef union unsigned
        include define ifdef ifndef endif auto namespace template typename using virtual override
    """,
    "java": f"""
        {_C_LIKE} abstract boolean byte char double enum extends final finally float implements import instanceof
        interface long package super synchronized throws var
    """,
    "csharp": f"""
        {_C_LIKE} abstract bool string var using namespace get set override virtual async await internal readonly
        sealed foreach in out ref
    """,
    "ruby": f"""
        {_COMMON} begin class def do elsif end ensure in module next nil not or and redo rescue retry self super then
        unless until when yield attr_reader attr_accessor require
    """,
    "php": f"{_C_LIKE} function echo array extends implements foreach as use namespace require php elseif fn match",
    "lua": f"{_COMMON} and do elseif end function in local nil not or repeat then until",
    "bash": "if then else elif fi for while until do done case esac in function return local export echo exit",
}
_KEYWORDS = MappingProxyType({language: frozenset(words.split()) for language, words in _WORDS.items()})
_FAMILIES = MappingProxyType({"typescript": "javascript", "tsx": "javascript", "cpp": "c"})
_ANY_KEYWORD = frozenset(_COMMON.split())


def keywords(language: str) -> frozenset[str]:
    """Return the words that belong to a language itself."""
    return _KEYWORDS.get(_FAMILIES.get(language, language), _ANY_KEYWORD)


def identifiers(text: str, language: str = "") -> frozenset[str]:
    """Return the names of two letters or more in a text, without the language's own words."""
    pattern = _SHELL_NAME if language == "bash" else _NAME
    words = frozenset(pattern.findall(text))
    return words - keywords(language)
