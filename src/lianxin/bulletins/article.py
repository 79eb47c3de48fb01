"""The article of a bulletin (热线信息), written in simple Markdown.

`# ` is the article's title, `## ` a heading 一、, `### ` a heading （一）; every other line is a paragraph of its own,
as it comes from a word processor; **bold** is kept.  A comment (`<!-- … -->`) is for the editors and is not printed.
Anything that an official bulletin cannot carry (pictures, tables, links, code) is refused with its line, so that
nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lianxin.rules.characters import clean

from .document import Article, Paragraph, Run, SubTitle, plain

_REFUSED = {
    "image": "图片",
    "link_open": "链接",
    "code_inline": "代码",
    "em_open": "斜体",
    "html_inline": "网页代码",
    "fence": "代码",
    "code_block": "代码",
    "html_block": "网页代码",
    "bullet_list_open": "列表",
    "ordered_list_open": "列表",
    "blockquote_open": "引用",
    "hr": "分隔线",
}
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
#: Two cells at least, which Markdown knows in many ways and no paragraph needs.
_TABLE = re.compile(r"\|.*\|")
_MARKDOWN = MarkdownIt("commonmark")


class ArticleError(ValueError):
    """The text cannot be set as an article; the message (Chinese) names the line and what to do."""


def parse(markdown: str) -> Article:
    """The article written in `markdown`.  Raises ArticleError."""
    title = ""
    body: list[SubTitle | Paragraph] = []
    for number, line in enumerate(_without_comments(clean(markdown)).split("\n"), 1):
        # Chinese paragraphs are often typed with their own indent, which the layout makes by itself.
        text = line.strip()
        if not text:
            continue
        level, runs = _line(text, number)
        if level == 0:
            body.append(Paragraph(runs))
        elif level > 1:
            body.append(SubTitle(plain(runs), 1 if level == 2 else 2))
        elif title:
            raise ArticleError(f"第{number}行：一篇稿件只能有一个标题（“# ”开头的行）。")
        else:
            title = plain(runs)
    if not title or not body:
        raise ArticleError("稿件须有标题（第一行以“# ”开头）和正文。")
    return Article(title, tuple(body))


def _without_comments(text: str) -> str:
    """`text` with its comments taken out and its lines where they were."""
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    if "<!--" in text:
        line = text[: text.index("<!--")].count("\n") + 1
        raise ArticleError(f"第{line}行：注释没有结束，请在它后面加上“-->”，或者删去“<!--”。")
    return text


def _line(text: str, number: int) -> tuple[int, tuple[Run, ...]]:
    """The level of a line (0: a paragraph) and its runs."""
    marks = len(text) - len(text.lstrip("#"))
    if marks > 3:
        raise ArticleError(f"第{number}行：标题只有三级，请最多用三个“#”。")
    if marks:
        # Often typed without the space that Markdown wants.
        text = f"{'#' * marks} {text[marks:].strip()}"
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in _REFUSED:
            raise ArticleError(f"第{number}行：信息稿件中不能使用{_REFUSED[token.type]}，请改为普通段落。")
    if _TABLE.search(text):
        raise ArticleError(f"第{number}行：信息稿件中不能使用表格，请改为普通段落。")
    runs = tuple(_runs([child for token in tokens for child in token.children or []], number))
    if not runs:
        raise ArticleError(f"第{number}行：这一行没有可以印出的文字，请改为普通段落，或者删去。")
    return marks, runs


def _runs(children: Sequence[Token], line: int) -> Iterator[Run]:
    strong = False
    for child in children:
        if child.type in _REFUSED:
            raise ArticleError(f"第{line}行：信息稿件中不能使用{_REFUSED[child.type]}，请改为普通文字。")
        if child.type in ("strong_open", "strong_close"):
            strong = child.type == "strong_open"
        elif child.content:
            yield Run(child.content, strong=strong)
