"""The article of 热线信息: simple Markdown in, headings and paragraphs out."""

import pytest

from lianxin.bulletins.article import ArticleError, parse
from lianxin.bulletins.document import Paragraph, Run, SubTitle


def test_headings_paragraphs_and_bold_are_kept():
    article = parse("# 题目\n\n导语。\n\n## 一、做法\n\n### （一）先\n\n**一是**快办。接着写。\n")
    assert article.title == "题目"
    assert article.body == (
        Paragraph((Run("导语。"),)),
        SubTitle("一、做法", 1),
        SubTitle("（一）先", 2),
        Paragraph((Run("一是", strong=True), Run("快办。接着写。"))),
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
        ("# 甲\n\n文。<!-- 忘了结束\n\n后文。", "第3行：注释没有结束"),
        ("# 甲\n\n文。\n[注]: http://a.cn\n", "第4行"),
        ("# 甲\n\n| 镇街 | 件数 |\n", "表格"),
        ("# 甲\n\n#### 乙\n\n文。", "三级"),
        ("# 甲\n\n文。\n---\n", "分隔线"),
    ],
)
def test_what_a_bulletin_cannot_carry_is_refused(text, words):
    with pytest.raises(ArticleError, match=words):
        parse(text)


def test_the_words_beside_a_comment_are_printed() -> None:
    lines = list(parse("# 题\n\n<!-- 待核 -->开头有注释的段落。\n中间<!-- 两\n行 -->有注释。\n\n末段。").lines())
    assert lines == ["题", "开头有注释的段落。", "中间", "有注释。", "末段。"]


def test_a_paste_without_blank_lines_keeps_its_paragraphs() -> None:
    article = parse("# 题\n　　第一段。\n    第二段。\r\n##一、做法\n第三段。\x0b第四段\x07。")
    assert list(article.lines()) == ["题", "第一段。", "第二段。", "一、做法", "第三段。", "第四段。"]


def test_a_title_is_printed_without_its_marks() -> None:
    assert parse("# 推行**一线工作法**\n文。").title == "推行一线工作法"
