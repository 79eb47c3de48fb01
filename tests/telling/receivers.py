"""Real receivers: a robots' server that recomputes signatures and counts bytes, and a mail server of a few lines."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

#: What a receiver does with a request: answers (status, body), or one of the ways to fail.
Answer = tuple[int, bytes] | str
SECRETS = {"dingtalk": "SEC-钉钉", "feishu": "feishu-secret"}
PATHS = {
    "wecom": "/cgi-bin/webhook/send?key=wecom-key",
    "dingtalk": "/robot/send?access_token=ding-token",
    "feishu": "/open-apis/bot/v2/hook/feishu-hook",
}
#: Their limits in bytes: WeCom's of the text, the others' of the whole body.
LIMITS = {"wecom": 2048, "dingtalk": 20_000, "feishu": 20_000}


class Robots:
    """Chat robots as their vendors describe them, at one address."""

    def __init__(self) -> None:
        #: (vendor, text) of each message that was taken
        self.taken: list[tuple[str, str]] = []
        self.asked = 0
        self.refused: list[str] = []
        self.behave: Callable[[str, str], Answer | None] = lambda vendor, text: None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.host = f"http://127.0.0.1:{self.server.server_port}"

    def address(self, vendor: str) -> str:
        return self.host + PATHS[vendor]

    def texts(self, vendor: str = "") -> list[str]:
        return [text for who, text in self.taken if who == (vendor or who)]

    def answer(self, path: str, body: bytes) -> Answer:
        """What a vendor says; a message is taken only with the right key, signature and length."""
        self.asked += 1
        asked, said = urlsplit(path), json.loads(body)
        query = parse_qs(asked.query)
        vendor = {"/cgi-bin/webhook/send": "wecom", "/robot/send": "dingtalk"}.get(asked.path, "feishu")
        text = said["content"]["text"] if vendor == "feishu" else said["text"]["content"]
        if (wrong := self.wrong(vendor, query, asked.query, said, text, body)) is not None:
            self.refused.append(f"{vendor} {wrong}")
            name = "code" if vendor == "feishu" else "errcode"
            return 200, json.dumps({name: wrong, "msg": "refused"}).encode()
        if (other := self.behave(vendor, text)) is not None:
            return other
        self.taken.append((vendor, text))
        return 200, b'{"code":0,"msg":"success"}' if vendor == "feishu" else b'{"errcode":0,"errmsg":"ok"}'

    def wrong(
        self, vendor: str, query: dict[str, list[str]], raw: str, said: Any, text: str, body: bytes
    ) -> int | None:
        """The code of refusal; None where all is right."""
        if not text or len(text.encode() if vendor == "wecom" else body) > LIMITS[vendor]:
            return 40058
        if vendor == "wecom":
            return None if query.get("key") == ["wecom-key"] and said["msgtype"] == "text" else 93000
        secret = SECRETS[vendor]
        if vendor == "dingtalk":
            stamp = query.get("timestamp", [""])[0]
            due = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest())
            # Encoded once: decoded once it is the very signature.
            given = next((unquote(part[5:]) for part in raw.split("&") if part.startswith("sign=")), "")
            whole = len(stamp) == 13 and query.get("access_token") == ["ding-token"]
            return None if given == due.decode() and whole else 310000
        stamp = str(said.get("timestamp", ""))
        due = base64.b64encode(hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest())
        return None if said.get("sign") == due.decode() and len(stamp) == 10 else 19021

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        robots = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                found = robots.answer(self.path, self.rfile.read(int(self.headers["Content-Length"])))
                if found == "silent":  # longer than anybody waits
                    time.sleep(1.5)
                    return
                if found == "broken":
                    self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if found == "hung up":
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, body = found
                self.send_response(int(status))
                self.send_header("Content-Length", str(len(body)))
                if 300 <= int(status) < 400:
                    self.send_header("Location", robots.host + PATHS["wecom"])
                self.end_headers()
                self.wfile.write(body)  # type: ignore[arg-type]

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def robots() -> Iterator[Robots]:
    """Such a server while a test runs."""
    made = Robots()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


class Mailbox:
    """An SMTP server of a few lines.  `say` answers a command otherwise than usual; "hang up" ends the connection."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.say: dict[str, str] = {}
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.closing = False

    def serve(self) -> None:
        while not self.closing:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            with link:
                self._talk(link)

    def _talk(self, link: socket.socket) -> None:
        file = link.makefile("rwb")

        def say(line: str) -> None:
            file.write(f"{line}\r\n".encode())
            file.flush()

        say("220 test")
        while line := file.readline():
            word = line.split()[0].decode().upper() if line.split() else ""
            said = self.say.get(word, "354 go on" if word == "DATA" else "221 bye" if word == "QUIT" else "250 ok")
            if said == "hang up":
                return
            say(said)
            if word == "DATA" and said.startswith("354"):
                letter = b""
                while (part := file.readline()) not in (b".\r\n", b""):
                    letter += part
                self.letters.append(letter)
                if (after := self.say.get("END", "250 taken")) == "hang up":
                    return
                say(after)
            if word == "QUIT":
                return


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Such a server while a test runs."""
    made = Mailbox()
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.closing = True
        made.socket.close()
