"""What people see when there is nothing to show: a page in Chinese that says what to do next.

None of these asks the database or the directory: each must come out also when that is what has failed.
"""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .weeks import NoSuchWeek


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: what is not there, and what is not his, look alike."""
    if isinstance(exception, NoSuchWeek):
        return _page(request, 404, "没有这一周", f"{exception}。")
    return _page(request, 404, "没有这个页面", "地址有误，或者您的岗位不能查看。")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _page(request, 403, "不能查看", "您的岗位不能查看这个页面。")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what no page of ours sends."""
    return _page(request, 400, "不能处理", "提交的内容不完整或过大，请返回上一页重新提交。")


def failed(request: HttpRequest) -> HttpResponse:
    """500; 503 while the database is away, which passes by itself."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        return _page(request, 503, "数据库正在恢复", "请稍候片刻再提交；同一表单重复提交，只会办理一次。")
    return _page(request, 500, "系统出错", "刚才的操作没有办理。错误已记入系统日志，请联系系统管理员。")


def csrf_failed(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    """A form that was not ours, or is older than the sign-in."""
    return _page(request, 403, "表单已过期", "请返回上一页，刷新后重新提交；刚才的操作没有办理。")


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "desk/error.html", {"title": title, "sentence": sentence}, status=status)
