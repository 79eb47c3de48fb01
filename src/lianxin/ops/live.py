"""Live updates: one small ASGI application without Django's request machinery.

A page opens `GET /?token=…` and gets server-sent events. The token, signed with the site's key, names the queues that
its user may watch; an event says only that one of them changed, never what: the page then fetches its fragment from
the web process, which checks again who is asking. Whoever changes a queue does, in the same transaction,
`NOTIFY lianxin_news, 'queue another-queue'` (names separated by blanks).

Events: `news` with a queue's name as data; `resync` after the connection to the database was lost for a while.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.core import signing

from . import settings
from .processes import end_with_server

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TOKEN_AGE = settings.SESSION_COOKIE_AGE
KEEPALIVE = 25  # seconds; proxies cut a stream that is silent for a minute
RESYNC = "*"  # no queue is named so: names hold no blank and are never a star
log = logging.getLogger("lianxin.live")


class Board:
    """Who watches which queue. News that a slow reader has not fetched yet is kept once, however often it came."""

    def __init__(self) -> None:
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)

    @contextlib.contextmanager
    def watching(self, queues: list[str]) -> Any:
        watcher = Watcher()
        for queue in (*queues, RESYNC):
            self._watchers[queue].add(watcher)
        try:
            yield watcher
        finally:
            for queue in (*queues, RESYNC):
                self._watchers[queue].discard(watcher)
                if not self._watchers[queue]:
                    del self._watchers[queue]

    def post(self, queue: str) -> None:
        for watcher in self._watchers.get(queue, ()):
            watcher.tell(queue)


class Watcher:
    """One open stream's unread news."""

    def __init__(self) -> None:
        self._unread: dict[str, None] = {}
        self._some = asyncio.Event()

    def tell(self, queue: str) -> None:
        self._unread[queue] = None
        self._some.set()

    async def read(self) -> list[str]:
        await self._some.wait()
        self._some.clear()
        unread, self._unread = self._unread, {}
        return list(unread)


async def listen(board: Board, url: str, channel: str) -> None:
    """Carry notifications to the board for ever; after a lost connection everybody is told to fetch anew."""
    wait = 0.2
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {channel}")
                board.post(RESYNC)
                wait = 0.2
                async for notice in connection.notifies():
                    for queue in notice.payload.split():
                        board.post(queue)
        except psycopg.Error as error:
            log.warning("database lost, trying again in %.1f s: %s", wait, str(error).strip())
        await asyncio.sleep(wait)
        wait = min(wait * 2, 5)


class Live:
    """The ASGI application."""

    def __init__(self, url: str = settings.DATABASE_URL, channel: str = settings.LIVE_CHANNEL) -> None:
        self.url = url
        self.channel = channel
        self.board = Board()
        self._listener: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listener = asyncio.create_task(listen(self.board, self.url, self.channel))
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._listener:
                    self._listener.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/health":
            await answer(send, 200, "ok")
            return
        queues = allowed(scope["query_string"])
        if queues is None:
            await answer(send, 403, "请重新登录。")
            return
        stream = asyncio.create_task(self._stream(queues, send))
        gone = asyncio.create_task(disconnected(receive))
        # Whichever ends first ends the other: a closed page must not leave a watcher behind.
        _, open_tasks = await asyncio.wait({stream, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in open_tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
            await stream

    async def _stream(self, queues: list[str], send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            # The page comes from another port; what opens the stream is the token, not a cookie.
            (b"access-control-allow-origin", b"*"),
        ]
        with self.board.watching(queues) as watcher:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await chunk(send, "retry: 3000\n\n")
            while True:
                try:
                    news = await asyncio.wait_for(watcher.read(), KEEPALIVE)
                except TimeoutError:
                    await chunk(send, ":\n\n")
                    continue
                await chunk(send, "".join(event(queue) for queue in news))


def event(queue: str) -> str:
    return "event: resync\ndata:\n\n" if queue == RESYNC else f"event: news\ndata: {queue}\n\n"


def allowed(query: bytes) -> list[str] | None:
    """The queues that the token in the query names; None when it is missing, forged or too old."""
    token = parse_qs(query.decode("latin-1")).get("token", [""])[0]
    try:
        queues = signing.loads(
            token, key=settings.SECRET_KEY, salt=settings.LIVE_SALT, max_age=TOKEN_AGE, fallback_keys=[]
        )
    except signing.BadSignature:
        return None
    return [name for name in queues if isinstance(name, str)] if isinstance(queues, list) else None


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def chunk(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


end_with_server()
application = Live()
