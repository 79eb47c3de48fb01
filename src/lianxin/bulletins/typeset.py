"""The child that sets one PDF: an order as JSON comes in, the file goes out.  It imports nothing of ours.

Text reaches the template as data, never as markup, so that no character in it needs escaping.  The time stamp in the
file is the day of issue: the same bulletin gives the same bytes.
"""

import json
import sys
from datetime import datetime
from typing import Any


def main() -> None:
    """Read the order from standard input, write the PDF to standard output."""
    import typst

    order = json.load(sys.stdin.buffer)
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"])
    data = order["bulletin"] | {"faces": faces(order["faces"], frozenset(found.families()))}
    made = typst.compile(
        order["template"],
        format="pdf",
        font_paths=order["fonts"],
        ignore_system_fonts=True,
        sys_inputs={"bulletin": json.dumps(data, ensure_ascii=False)},
        timestamp=datetime.fromisoformat(order["timestamp"]),
    )
    assert isinstance(made, bytes), "typst returns one file for the format pdf"
    sys.stdout.buffer.write(made)


def faces(wanted: dict[str, Any], present: frozenset[str]) -> dict[str, dict[str, object]]:
    """For each role the families to use: the prescribed face where it is there, and what stands in."""
    chosen: dict[str, dict[str, object]] = {}
    for role, face in wanted.items():
        own = [name for name in face["prescribed"] if name in present][:1]
        chosen[role] = {"families": [*own, face["stand_in"]], "embolden": 0.0 if own else face["embolden"]}
    return chosen


if __name__ == "__main__":
    main()
