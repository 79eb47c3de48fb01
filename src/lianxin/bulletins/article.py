"""The article of a bulletin (热线信息), written in simple Markdown.

`# ` is the article's title, `## ` a heading 一、, `### ` a heading （一）, the rest paragraphs; **bold** is kept.
A comment (`<!-- … -->`) is for the editors and is not printed.  Anything that an official bulletin cannot carry
(pictures, tables, links, code) is refused with its line, so that nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .document import Article, Paragraph, Run, SubTitle

_REFUSED = {
    "image": "图片",
    "link_open": "链接",
    "code_inline": "代码",
    "em_open": "斜体",
    "html_inline": "网页代码",
    "fence": "代码",
    "code_block": "缩进的代码（段首请勿空格，排版时自动空两字）",
    "html_block": "网页代码",
    "bullet_list_open": "列表",
    "ordered_list_open": "列表",
    "blockquote_open": "引用",
    "hr": "分隔线",
}


class ArticleError(ValueError):
    """The text cannot be set as an article; the message (Chinese) names the line and what to do."""


def parse(markdown: str) -> Article:
    """The article written in `markdown`.  Raises ArticleError."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    title = ""
    body: list[SubTitle | Paragraph] = []
    for number, token in enumerate(tokens):
        line = (token.map or [0])[0] + 1
        if token.type in _REFUSED and not token.content.startswith("<!--"):
            raise ArticleError(f"第{line}行：信息稿件中不能使用{_REFUSED[token.type]}，请改为普通段落。")
        if token.type != "inline":
            continue
        opening, runs = tokens[number - 1], tuple(_runs(token.children or [], line))
        if opening.tag == "p":
            body.append(Paragraph(runs))
        elif opening.tag == "h1":
            if title:
                raise ArticleError(f"第{line}行：一篇稿件只能有一个标题（“# ”开头的行）。")
            title = token.content
        else:
            body.append(SubTitle("".join(run.text for run in runs), 1 if opening.tag == "h2" else 2))
    if not title or not body:
        raise ArticleError("稿件须有标题（第一行以“# ”开头）和正文。")
    return Article(title, tuple(body))


def _runs(children: Sequence[Token], line: int) -> Iterator[Run]:
    strong = False
    for child in children:
        if child.type in _REFUSED:
            raise ArticleError(f"第{line}行：信息稿件中不能使用{_REFUSED[child.type]}，请改为普通文字。")
        if child.type in ("strong_open", "strong_close"):
            strong = child.type == "strong_open"
        elif child.content:
            # A line break inside a paragraph is only how the source was wrapped; Chinese has no space there.
            yield Run(child.content, strong=strong)
