"""What people see when there is nothing to show: a page in Chinese that says what to do next.

None of these asks the request, the database or the directory: each must come out also when that is what has failed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import resolve

log = logging.getLogger(__name__)
WRONG_HOST = (
    "浏览器所用的主机名没有登记为本站的地址。请改用管理员给出的地址；"
    "管理员可以把这个主机名加进环境变量 LIANXIN_HOSTS，再重新启动。"
)
#: Whether it was done is not known where something fails: the ledger may have written before it.
LOOK = "看刚才的操作是否已经办理；同一表单重复提交，只会办理一次。"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: what is not there, and what is not his, look alike."""
    if sentence := getattr(exception, "sentence", ""):
        return _page(request, 404, "没有这一周", f"{sentence}。")
    return _page(request, 404, "没有这个页面", "地址有误，或者您的岗位不能查看。")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _page(request, 403, "不能查看", "您的岗位不能查看这个页面。")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what no page of ours sends, or an address under which the site does not know itself."""
    if isinstance(exception, DisallowedHost):
        return _page(request, 400, "地址没有登记", WRONG_HOST)
    if isinstance(exception, SessionInterrupted):
        return _page(request, 400, "登录已经结束", f"这次登录已在别处退出。请重新登录，{LOOK}")
    return _page(request, 400, "不能处理", "提交的内容不完整或过大，没有办理。请返回上一页，减小附件后再提交。")


def method_not_allowed(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """405: another method than the page takes."""
    page = _page(request, 405, "不能这样访问", "这个地址不接受这种请求，请从页面上的按钮或链接进入。")
    page.headers["Allow"] = ", ".join(allowed)
    return page


def failed(request: HttpRequest) -> HttpResponse:
    """500; 503 while the database is away, which passes by itself."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return _page(request, 503, "数据库正在恢复", "请稍候片刻再提交；同一表单重复提交，只会办理一次。")
    return _page(request, 500, "系统出错", f"错误已记入系统日志，请告诉系统管理员。请重新打开页面，{LOOK}")


def csrf_failed(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    """A form that was not ours, or is older than the sign-in.

    One of ours is shown again as it was typed, with a token of this sign-in; nothing is done.  Ours carry a signed tag
    (`drafts.tag`), so that no other site's form is ever shown.
    """
    again = None
    if not reason.startswith(("Referer", "Origin")):
        # An error page fails with nothing: not with the database either, which the form would need.
        try:
            again = _shown_again(request)
        except Exception:
            log.exception("a form could not be shown again")
    sentence = "刚才的操作没有办理。请从待办重新打开表单：填写过的内容存有草稿，打开后仍在。"
    return again or _page(request, 403, "表单已过期", sentence)


def _shown_again(request: HttpRequest) -> HttpResponse | None:
    from . import drafts  # only here: whoever says that all is broken needs nothing else of the desk

    whose = drafts.read_tag(request.POST.get(drafts.TAG, ""))
    if whose is None or (request.user.is_authenticated and whose[0] != request.user.pk):
        return None
    found = resolve(request.path_info)
    if found.view_name not in ("desk:act", "desk:register", "desk:bulletin_article"):
        return None
    request.only_shown = True  # type: ignore[attr-defined]
    answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
    return answer


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return HttpResponse(plain_page(title, sentence), status=status)


def plain_page(title: str, sentence: str) -> str:
    """The page as text.  It asks neither the request nor the database: each may be what has failed.

    Should even the template be unreadable, the words still come out.
    """
    try:
        return render_to_string("desk/error.html", {"title": title, "sentence": sentence})
    except Exception:
        log.exception("the error page cannot be drawn")
        return f'<!doctype html><html lang="zh-CN"><title>{title}</title><h1>{title}</h1><p>{sentence}</p></html>'
