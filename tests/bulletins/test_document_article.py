"""The article of 热线信息: simple Markdown in, headings and paragraphs out."""

import pytest

from lianxin.bulletins.article import ArticleError, parse
from lianxin.bulletins.document import Paragraph, Run, SubTitle


def test_headings_paragraphs_and_bold_are_kept():
    article = parse("# 题目\n\n导语。\n\n## 一、做法\n\n### （一）先\n\n**一是**快办。\n接着写。\n")
    assert article.title == "题目"
    assert article.body == (
        Paragraph((Run("导语。"),)),
        SubTitle("一、做法", 1),
        SubTitle("（一）先", 2),
        Paragraph((Run("一是", strong=True), Run("快办。"), Run("接着写。"))),
    )


def test_a_comment_is_for_editors_only():
    assert "示例" not in "".join(parse("<!-- 示例 -->\n\n# 题\n\n文。").lines())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("没有标题。", "标题"),
        ("# 只有标题", "正文"),
        ("# 甲\n\n文。\n\n# 乙", "第5行"),
        ("# 甲\n\n- 一\n- 二", "列表"),
        ("# 甲\n\n![图](a.png)", "图片"),
        ("# 甲\n\n<table></table>", "网页代码"),
        ("# 甲\n\n见[这里](x)。", "链接"),
    ],
)
def test_what_a_bulletin_cannot_carry_is_refused(text, words):
    with pytest.raises(ArticleError, match=words):
        parse(text)
