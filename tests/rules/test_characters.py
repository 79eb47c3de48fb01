"""The one cleaner: what documents and tables cannot carry, and what Word means by it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from lianxin.rules.characters import clean, clean_line, cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一行\x0b又一行", "一行\n又一行"),
        ("一\x0c二\r三\r\n四\u2028五\u2029六\x85七", "一\n二\n三\n四\n五\n六\n七"),
        ("空\x00白\x07\x1b\x7f\x9f字", "空白字"),
        ("半个\ud83d字\udc00", "半个字"),
        ("\ufeff开头\ufffe\uffff", "开头"),
        ("制表\t与\n换行，😀 与𠮷", "制表\t与\n换行，😀 与𠮷"),
    ],
)
def test_what_no_document_can_carry_is_gone(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_every_character_that_is_left_can_stand_in_xml() -> None:
    text = clean("".join(map(chr, (*range(0x3000), *range(0xD7F0, 0xE010), 0xFFFE, 0xFFFF, 0x1F600))))
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert ElementTree.fromstring(f"<a>{escaped}</a>".encode()).text == text


def test_a_name_stands_on_one_line() -> None:
    assert clean_line("大店\x0b镇\x00") == "大店 镇"


def test_everything_in_a_payload() -> None:
    assert cleaned({"a": ["x\x00", {"b": ("y\x0b", 1, None)}]}) == {"a": ["x", {"b": ("y\n", 1, None)}]}
