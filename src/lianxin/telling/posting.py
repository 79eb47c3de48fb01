"""One HTTP request to a robot, and what is known of it afterwards.

Invariant: until the connection stands nothing was written, so a failure is surely one; from the first byte on only an
answer tells whether it was taken.  No redirect is followed, and of an answer only its beginning is read.
"""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, urlunsplit

from .outcomes import Outcome

#: Seconds: for the connection, and for each wait for the answer.
CONNECT, ANSWER = 5.0, 15.0
#: Of an answer no more than this is read (bytes); theirs have some hundred.
MOST_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    body: bytes


def post(address: SplitResult, body: bytes) -> Answer | Outcome:
    """POST `body`, JSON in UTF-8.  An `Outcome` where there is no answer."""
    link = _link(address)
    try:
        link.connect()
    except OSError as error:
        return Outcome("again", f"连接不上对方服务器{_reason(error)}")
    try:
        assert link.sock is not None
        link.sock.settimeout(ANSWER)
        path = urlunsplit(("", "", address.path or "/", address.query, ""))
        link.request("POST", path, body, {"Content-Type": "application/json; charset=utf-8", "Connection": "close"})
        answer = link.getresponse()
        return Answer(answer.status, answer.read(MOST_READ))
    except TimeoutError:
        return Outcome("unknown", "已发出，对方没有及时回音")
    except (OSError, http.client.HTTPException):
        return Outcome("unknown", "已发出，连接中断，没有收到回音")
    finally:
        link.close()


def _link(address: SplitResult) -> http.client.HTTPConnection:
    host = address.hostname or ""
    if address.scheme == "https":
        return http.client.HTTPSConnection(host, address.port, timeout=CONNECT, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, address.port, timeout=CONNECT)


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "（证书不符）"
    return "（超时）" if isinstance(error, TimeoutError) else ""
