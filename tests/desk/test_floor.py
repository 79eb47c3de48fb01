"""Pages must look right from Chromium 86 and Firefox 115 on: nothing newer stands in style sheets and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import lianxin

SOURCE = Path(lianxin.__file__).parent
SHEETS = sorted(SOURCE.glob("**/static/**/*.css"))
SCRIPTS = sorted(SOURCE.glob("**/static/**/*.js"))

#: What a browser that does not know it may do without: the page is right all the same.
MAY_BE_MISSED = {
    "text-autospace": "digits stand closer to Han",
    "text-wrap": "a title breaks less evenly",
    "text-size-adjust": "phones only; -webkit- is there too",
    "overscroll-behavior": "the page behind moves too",
    "text-decoration-thickness": "the dots under a number are thicker",
    "text-underline-offset": "and nearer",
    "size": "of @page, where all but the newest property of that name have known it for long",
    "print-color-adjust": "-webkit- is there too",
    "scrollbar-width": "the bar is wider",
    "scrollbar-color": "the bar is grey",
    "break-after:avoid": "a heading may stand last on a sheet of paper",
    "break-before:avoid": "as above",
    "height in dvh": "the same in vh stands before it",
    ":file-selector-button": "its own rule; -webkit- is there too",
}
#: JavaScript and DOM that came later than either of the two.
NEW_SCRIPT = {
    r"\.at\(": "Array.at (92)",
    r"\.findLast(Index)?\(": "findLast (97)",
    r"\.toSorted\(|\.toReversed\(|\.toSpliced\(|\.with\(": "copying array methods (110)",
    r"Object\.hasOwn\b": "Object.hasOwn (93)",
    r"Object\.groupBy|Map\.groupBy": "groupBy (117)",
    r"structuredClone": "structuredClone (98)",
    r"Promise\.withResolvers": "withResolvers (119)",
    r"AbortSignal\.(timeout|any)": "AbortSignal.timeout (103)",
    r"\bstatic \{": "static blocks (94)",
    r"\.replaceChildren\(": "replaceChildren (86 in Chromium, left out for 83)",
    r"randomUUID": "randomUUID (92), and only under https",
    r"showPicker|\.popover\b|showPopover|startViewTransition|navigation\.": "newer than the floor",
    r"\|\|=|&&=|\?\?=": "logical assignment (85), left out for 83",
    r"\.replaceAll\(": "replaceAll (85), left out for 83",
    r"(?m)^\s*await |import\.meta\.resolve": "top-level await (89)",
    r"`[^`]*:(?:is|where|has)\(|\"[^\"\n]*:(?:is|where|has)\(": "a selector newer than the floor",
    r":not\([^()\"'`]*,": ":not() with a list (88)",
}


@cache
def newer() -> dict[str, frozenset[str]]:
    """The names of the table beside this file, by kind."""
    found: dict[str, set[str]] = {}
    kind = ""
    for line in (Path(__file__).parent / "newer_than_the_floor.txt").read_text().splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif not line.startswith("#"):
            found.setdefault(kind, set()).update(line.split())
    return {kind: frozenset(names) for kind, names in found.items()}


def used_by_sheet(css: str) -> Iterator[str]:
    """What is newer than the floor in a style sheet, each once a place."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r'"[^"]*"', '""', css)
    for name in re.findall(r"@([a-z-]+)", css):
        if name in newer()["at-rule"]:
            yield f"@{name}"
    for head in re.findall(r"([^{};]+)\{", css):
        if head.strip().startswith("@"):
            continue
        for name in re.findall(r"(?<!:)::?([a-z-]+)", head):
            if name in newer()["selector"]:
                yield f":{name}"
        if re.search(r":not\([^()]*(\([^()]*\)[^()]*)*,", head):
            yield ":not(a, b)"
    for name, value in re.findall(r"(?<![\w-])([a-z-]+)\s*:\s*([^;{}]+)[;}]", css):
        yield from used_by_declaration(name, value)


def used_by_declaration(name: str, value: str) -> Iterator[str]:
    """The same of one declaration."""
    if name in newer()["property"]:
        yield name
    for word in re.findall(r"(?<![\w-])[a-z-]+(?![\w(-])", value):
        if f"{name}:{word}" in newer()["value"]:
            yield f"{name}:{word}"
    for function in re.findall(r"(?<![\w-])([a-z-]+)\(", value):
        if function in newer()["function"]:
            yield f"{function}()"
    for unit in re.findall(r"\d(dvh|dvw|svh|svw|lvh|lvw|cqw|cqh|cqi|lh|rlh)\b", value):
        yield f"{name} in {unit}"


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_no_style_is_newer_than_the_oldest_browser(sheet: Path) -> None:
    assert sorted({name for name in used_by_sheet(sheet.read_text()) if name not in MAY_BE_MISSED}) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_is_newer_than_the_oldest_browser(script: Path) -> None:
    text = re.sub(r"(?m)^\s*//.*$", "", script.read_text())
    assert [why for pattern, why in NEW_SCRIPT.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize(
    ("css", "found"),
    [
        (".a { inset: 0; }", ["inset"]),
        (".a { padding-inline: 2px }", ["padding-inline"]),
        (".a:is(b, i) { color: red; }", [":is"]),
        (".a:not(b, i) { color: red; }", [":not(a, b)"]),
        (".a:not([type=radio]):not([type=checkbox]) { color: red; }", []),
        (".a { height: 100dvh; }", ["height in dvh"]),
        (".a { color: color-mix(in srgb, red, blue); }", ["color-mix()"]),
        ("@layer x { .a { float: inline-start; } }", ["@layer", "float:inline-start"]),
        (".a { display: grid; gap: 4px; min-width: 0; /* inset: 0 */ }", []),
    ],
)
def test_the_test_sees_what_is_too_new(css: str, found: list[str]) -> None:
    assert list(used_by_sheet(css)) == found
