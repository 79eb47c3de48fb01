"""Robots of chat groups: how each vendor wants a text, signs a request and says that it was taken.

Written out here because the libraries that were tried sign DingTalk's requests wrongly and cut WeCom's texts by
characters (docs/decisions/telling.md).  All three say in the body of a 200 whether it was taken.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, urlencode

from lianxin.directory import addresses

from .outcomes import SENT, Outcome
from .posting import Answer, post

Body = dict[str, Any]
#: 429: too many; of 408 and 425 too the other side says itself that it did not take it and may later.
_LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Vendor:
    """`limit`: bytes of a text; `build`: body, and what the address gets besides, from text, secret and instant;
    `code`: under which name the answer says how it came out (0: taken); `slow`: which codes mean too many."""

    limit: int
    build: Callable[[str, str, datetime], tuple[Body, dict[str, str]]]
    code: tuple[str, ...]
    slow: frozenset[int]
    wrong: dict[int, str]


def _wecom(text: str, secret: str, at: datetime) -> tuple[Body, dict[str, str]]:
    return {"msgtype": "text", "text": {"content": text}}, {}


def _dingtalk(text: str, secret: str, at: datetime) -> tuple[Body, dict[str, str]]:
    body = {"msgtype": "text", "text": {"content": text}}
    if not secret:
        return body, {}
    stamp = str(int(at.timestamp() * 1000))
    # Encoded once, where it becomes part of the address.
    return body, {"timestamp": stamp, "sign": _signed(secret, f"{stamp}\n{secret}")}


def _feishu(text: str, secret: str, at: datetime) -> tuple[Body, dict[str, str]]:
    body: Body = {"msg_type": "text", "content": {"text": text}}
    if secret:
        stamp = str(int(at.timestamp()))
        # The string is the key, and nothing is signed with it.
        body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{secret}", "")}
    return body, {}


def _signed(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


#: DingTalk and Feishu take 20,000 bytes of body; the text shares them with its frame, in which a line's end is two.
VENDORS = {
    "wecom": Vendor(2048, _wecom, ("errcode",), frozenset({45009}), {93000: "Webhook 地址无效或机器人已移出群"}),
    "dingtalk": Vendor(
        18_000,
        _dingtalk,
        ("errcode",),
        frozenset({130101, 90018, 90030}),
        {310000: "安全设置不符（加签密钥、关键词或 IP）", 300001: "Webhook 地址无效"},
    ),
    "feishu": Vendor(
        18_000,
        _feishu,
        ("code", "StatusCode"),
        frozenset({11232, 11233}),
        {19021: "加签密钥不符，或服务器时钟不准", 19024: "安全设置的关键词不符", 19001: "Webhook 地址无效"},
    ),
}


def send(kind: str, address: str, secret: str, text: str, at: datetime) -> Outcome:
    """Send `text`, which is not longer than the vendor's limit, to a robot."""
    parts = addresses.parted(kind, address)
    if parts is None:
        return Outcome("failed", "地址所在的服务器没有登记，不能发送")
    vendor = VENDORS[kind]
    body, more = vendor.build(text, secret, at)
    answer = post(_with(parts, more), json.dumps(body, ensure_ascii=False).encode())
    return answer if isinstance(answer, Outcome) else _judged(vendor, answer)


def _with(address: SplitResult, more: dict[str, str]) -> SplitResult:
    return address._replace(query="&".join(part for part in (address.query, urlencode(more)) if part))


def _judged(vendor: Vendor, answer: Answer) -> Outcome:
    """What the answer says.  A code in the body decides; without one only a refusal of the request itself is sure."""
    code = _code(vendor, answer.body)
    if code == 0:
        return SENT if 200 <= answer.status < 300 else Outcome("unknown", f"对方回答自相矛盾（HTTP {answer.status}）")
    if code is not None:
        slow = code in vendor.slow
        why = "发送过于频繁，对方限流" if slow else vendor.wrong.get(code, "对方没有接收")
        return Outcome("again" if slow or answer.status >= 500 else "failed", f"{why}（错误码 {code}）", slow)
    if answer.status in _LATER:
        return Outcome("again", f"对方暂不接收（HTTP {answer.status}）", slow=True)
    if 300 <= answer.status < 500:
        return Outcome("failed", f"对方拒绝接收（HTTP {answer.status}）")
    return Outcome("unknown", f"对方的回答看不出是否收到（HTTP {answer.status}）")


def _code(vendor: Vendor, body: bytes) -> int | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = (said.get(name) for name in vendor.code) if isinstance(said, dict) else iter(())
    return next((code for code in found if isinstance(code, int) and not isinstance(code, bool)), None)
