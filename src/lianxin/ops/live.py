"""Live updates: one small ASGI application without Django's request machinery.

A page opens `GET /?token=…` and gets server-sent events. The token, signed with the site's key, names the queues that
its user may watch; an event says only that one of them changed, never what: the page then fetches its fragment from
the web process, which checks again who is asking. Whoever changes a queue does, in the same transaction,
`NOTIFY lianxin_news, 'queue another-queue'` (names separated by blanks).

A token is good as long as the sign-in that it names (`desk.live_session`): a stream opens only while that goes on, and
ends when the sign-out is announced.

Events: `news` with a queue's name as data; `resync` after the connection to the database was lost for a while.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.core import signing

from lianxin.desk.live_session import KNOWN, OVER

from . import settings
from .processes import end_with_server

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TOKEN_AGE = settings.SESSION_COOKIE_AGE
KEEPALIVE = 25  # seconds; proxies cut a stream that is silent for a minute
RESYNC = "*"  # no queue is named so: names hold no blank and are never a star
log = logging.getLogger("lianxin.live")


@dataclass(frozen=True)
class Token:
    """Which queues its page may watch, and the digest of the sign-in."""

    queues: list[str]
    session: str


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
        self.sessions = Sessions(url)
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
        token = allowed(scope["query_string"])
        if token is None or not await self.sessions.goes_on(token.session):
            await answer(send, 403, "请重新登录。")
            return
        stream = asyncio.create_task(self._stream(token, send))
        gone = asyncio.create_task(disconnected(receive))
        # Whichever ends first ends the other: a closed page must not leave a watcher behind.
        _, open_tasks = await asyncio.wait({stream, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in open_tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
            await stream

    async def _stream(self, token: Token, send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            # The page comes from another port; what opens the stream is the token, not a cookie.
            (b"access-control-allow-origin", b"*"),
        ]
        over = f"{OVER}{token.session}"
        with self.board.watching([*token.queues, over]) as watcher:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await chunk(send, "retry: 3000\n\n")
            while True:
                try:
                    news = await asyncio.wait_for(watcher.read(), KEEPALIVE)
                except TimeoutError:
                    await chunk(send, ":\n\n")
                    continue
                if over in news:
                    await send({"type": "http.response.body", "body": b""})
                    return
                await chunk(send, "".join(event(queue) for queue in news))


def event(queue: str) -> str:
    return "event: resync\ndata:\n\n" if queue == RESYNC else f"event: news\ndata: {queue}\n\n"


def allowed(query: bytes) -> Token | None:
    """What the token in the query says; None when it is missing, forged or too old."""
    text = parse_qs(query.decode("latin-1")).get("token", [""])[0]
    try:
        said = signing.loads(
            text, key=settings.SECRET_KEY, salt=settings.LIVE_SALT, max_age=TOKEN_AGE, fallback_keys=[]
        )
        return Token([str(name) for name in said["queues"]], str(said["session"]))
    except (signing.BadSignature, TypeError, KeyError):
        return None


class Sessions:
    """Asks the database whether a sign-in goes on, on one connection of its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._alone = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[tuple[bool]] | None = None

    async def goes_on(self, session: str) -> bool:
        """True also while the database is away: there is no news then, and the page must not give up its stream."""
        async with self._alone:
            for _ in range(2):  # the first may find that the connection has died
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True)
                    row = await (await self._connection.execute(KNOWN, [session])).fetchone()
                    return bool(row and row[0])
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    log.warning("cannot ask for a session: %s", str(error).strip())
                    self._connection = None
        return True


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
