"""Looking at changed lines alone finds what looking at the whole text does (P1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pylot.workspace.secret_content import mask_secrets, secret_spans
from pylot.workspace.secret_memory import SecretMemory

TOKEN = "ghp_" + "a1B2" * 9
KEY = f"-----BEGIN RSA PRIVATE {'KEY'}-----\n{'MIIEpAIBAAKCAQEA7bq9' * 3}\n-----END RSA PRIVATE {'KEY'}-----\n"
PARTS = st.sampled_from(["\n", "x = 1\n", f"t = '{TOKEN}'\n", TOKEN, 'password = "hunter2!Xy9"', KEY, "é😀\r\n", "gh"])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.sampled_from(["", "a", "\n", '"', TOKEN, KEY])))


@given(parts=st.lists(PARTS), edits=EDITS)
def test_typing_finds_what_reading_anew_finds(parts: list[str], edits: list[tuple[float, int, str]]) -> None:
    """P1."""
    memory, text = SecretMemory(), "".join(parts)
    for place, n_removed, inserted in edits:
        start = int(place * len(text))
        text = text[:start] + inserted + text[start + n_removed :]

        assert memory.spans(text) == secret_spans(text)
        assert memory.masked(text) == mask_secrets(text)
