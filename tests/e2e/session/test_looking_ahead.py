"""Accepting a suggestion finds the next one ready, through the whole path (issue 5)."""

from __future__ import annotations

from tests.support.editor import Editor, Home, step_of

URI = "file:///project/readings.py"
NAMES = [f"sensor_{letter}" for letter in "abcdefgh"]
BLOCK = "".join(f"{name} = read_sensor('{name}', scale=2)\n{name}_log.append({name})\n" for name in NAMES)


def test_what_follows_is_known_when_a_suggestion_is_accepted(home: Home) -> None:
    home.configure("[engine]\nidle_seconds = 0.2\n[completion]\neagerness = 'always'\ndebounce_ms = 0\n")
    asked = []
    with Editor() as editor:
        editor.start()
        editor.show(URI, f"{BLOCK}‸\n\nprint(sensor_a)\n")
        editor.load_model()
        editor.type("sensor_i = ")
        for _ in range(6):
            shown = editor.ghost_texts()
            trace = editor.traces(1)[0]
            names = {step["name"] for step in trace["steps"]}
            asked.append((step_of(trace, "lookup")["outcome"], bool(names & {"copy", "generate"})))
            while editor.engine()["engine"]["jobs"]:
                pass
            editor.type(shown[0]["insertText"] if shown else "\n")
        editor.leave()

    assert ("looked ahead", False) in asked
    assert ("looked ahead", True) not in asked
