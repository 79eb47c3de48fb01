"""Where messages may go: mailboxes, and robots at the hosts that this installation allows.

A robot's address is typed by people and called by the server, so only hosts that are named may be called: those of the
three vendors, and what LIANXIN_ROBOT_HOSTS adds (an office's own WeCom; `http://` before a host allows it unsecured).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

VENDORS = {
    "wecom": "https://qyapi.weixin.qq.com",
    "dingtalk": "https://oapi.dingtalk.com",
    "feishu": "https://open.feishu.cn",
}
#: What an address consists of: nothing that a header or a log could stumble over.
_PLAIN = re.compile(r"[!-~]{1,500}")


def check(kind: str, address: str) -> None:
    """ValidationError with a sentence for people unless messages may go there."""
    if kind == "email":
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError("请填写完整的邮箱地址，如 rexian@example.com。") from None
        return
    if parted(kind, address) is None:
        raise ValidationError(
            f"请从群机器人的设置中复制完整的 Webhook 地址，以 {VENDORS[kind]} 开头；"
            "自建服务器的地址须先由技术人员登记（LIANXIN_ROBOT_HOSTS）。"
        )


def parted(kind: str, address: str) -> SplitResult | None:
    """A robot's address in parts; None unless its host is allowed."""
    if not _PLAIN.fullmatch(address) or kind not in VENDORS:
        return None
    try:
        found = urlsplit(address)
        origin = f"{found.scheme}://{found.hostname}{f':{found.port}' if found.port else ''}"
    except ValueError:
        return None
    allowed = {VENDORS[kind], *(_origin(host) for host in settings.ROBOT_HOSTS)}
    return found if origin in allowed and "@" not in found.netloc else None


def _origin(host: str) -> str:
    return host if "://" in host else f"https://{host}"


def hint(kind: str, address: str) -> str:
    """What pages show of it: enough to tell two apart, too little to use it."""
    if kind == "email":
        name, _, host = address.rpartition("@")
        return f"{name[:2]}***@{host}"[:80]
    return f"{urlsplit(address).hostname} …{address[-4:]}"[:80]
