"""What was worked out about the last texts is found again, and only for the same text and question."""

from __future__ import annotations

from pylot.kernel.recent_texts import RecentTexts


def test_the_same_text_about_the_same_is_found_and_the_least_recently_used_goes() -> None:
    recent: RecentTexts[int] = RecentTexts(2)
    recent.add("one", 1, "python")
    recent.add("two", 2, "python")

    found = recent.find("".join(["o", "ne"]), "python")

    assert found is not None
    assert found.value == 1
    assert recent.find("one", "go") is None
    recent.add("three", 3)
    assert [known.text for known in recent] == ["three", "one"]
    recent.clear()
    assert recent.find("one", "python") is None
