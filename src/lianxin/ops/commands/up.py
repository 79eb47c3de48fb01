"""`lianxin up`: database, web, live updates and worker, started together and kept alive."""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

import click
import psutil

from .. import database, places
from ..embedded import EmbeddedServer
from ..postgres import Cluster
from ..processes import Child, stop_all
from ..trouble import Trouble


@click.command(help="启动系统：数据库、网站、实时更新和后台任务。Ctrl-C 结束。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址；0.0.0.0 让局域网内都能访问。")
@click.option("--port", default=8345, show_default=True, type=click.IntRange(1, 65535), help="网站的端口。")
@click.option("--demo", is_flag=True, help="同时载入演示数据（莒南县、周村区、济南市）。")
@click.option("--workers", type=click.IntRange(1, 64), help="网站的进程数；不写则按处理器数。")
def command(host: str, port: int, demo: bool, workers: int | None) -> None:
    listening = listen(host, port)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with listening, embedded(stop) as database_server:
        if stop.is_set():
            return
        prepare(host, port)
        children = plan(host, listening, workers or os.cpu_count() or 1)
        if not demo and empty():
            click.echo("还没有数据。加上 --demo 可以载入演示数据。")
        if demo:
            children.append(Child("演示数据", lianxin("demo"), once=True))
        try:
            for child in children:
                with contextlib.suppress(OSError):  # `tend` tries again and tells
                    child.start()
            announce(host, port, stop)
            while not stop.wait(0.5):
                look_after(database_server, children)
            say("正在结束……")
        finally:
            stop_all(reversed(children))
    say("已全部结束。")


def say(sentence: str) -> None:
    """To whoever watches. A closed terminal or a log on a full disk must not end what keeps everything else alive."""
    with contextlib.suppress(OSError, ValueError):
        click.echo(sentence, err=True)


@contextlib.contextmanager
def embedded(stop: threading.Event) -> Iterator[EmbeddedServer | None]:
    """The embedded server while we run; None when DATABASE_URL names another, which is only checked.

    What passes by itself or by a hand on the disk is waited for, so that a machine that was switched on with a full
    disk or a long recovery needs nobody to start us again.
    """
    if url := os.environ.get("DATABASE_URL"):
        database.check(url)
        yield None
        return
    server = EmbeddedServer(Cluster(places.CLUSTER, patience=5))  # meanwhile nobody else is looked after
    try:
        while not server.begin():
            say(server.said)
            if stop.wait(server.pause.seconds):
                break
        yield server
    finally:
        server.cluster.stop()


def prepare(host: str, port: int) -> None:
    """Set what the children inherit, then bring the tables up to date."""
    live = port + 1 if free(host, port + 1) else any_free_port(host)
    os.environ["LIANXIN_LIVE_PORT"] = str(live)
    os.environ.setdefault("LIANXIN_HOSTS", ",".join(names(host)))
    import django
    import django.db

    django.setup()
    database.migrate()
    django.db.connections.close_all()


def empty() -> bool:
    """Whether nobody has set up a centre yet."""
    from django.db import connections

    from lianxin.directory.models import Centre

    try:
        return not Centre.objects.exists()
    finally:
        connections.close_all()


def plan(host: str, listening: socket.socket, workers: int) -> list[Child]:
    """The processes: web, live updates, worker."""
    number = str(listening.fileno())
    web = [sys.executable, "-m", "lianxin.ops.web", "--socket", number]
    live = [sys.executable, "-m", "granian", "--host", host, "--no-access-log", "--log-level", "warning"]
    live += ["--workers-kill-timeout", "10", "--respawn-failed-workers", "--interface", "asgi", "--workers", "1"]
    live += ["--port", os.environ["LIANXIN_LIVE_PORT"], "lianxin.ops.live:application"]
    return [
        *(Child(f"网站进程 {n}", web, inherits=(listening.fileno(),)) for n in range(1, workers + 1)),
        Child("实时更新", live),
        Child("后台任务", lianxin("worker")),
    ]


def lianxin(*words: str) -> list[str]:
    return [sys.executable, "-m", "lianxin.ops.cli", *words]


def announce(host: str, port: int, stop: threading.Event) -> None:
    """Print the address once the site answers."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    for _ in range(600):
        with contextlib.suppress(OSError, HTTPException):
            connection = HTTPConnection(shown, port, timeout=5)
            connection.request("HEAD", "/static/desk/mark.svg")
            connection.getresponse()
            say(f"连心已启动：{address} （Ctrl-C 结束）")
            return
        if stop.wait(0.1):
            return


def look_after(server: EmbeddedServer | None, children: list[Child]) -> None:
    """Once: whatever ended is started again, or will be. Nothing that goes wrong here may end us."""
    for tended in ([server] if server else []) + children:
        try:
            said = tended.tend()
        except Exception as error:
            said = f"{tended.name}：看护时出错（{error!r}），稍后再试。"
        if said:
            say(said)


def listen(host: str, port: int) -> socket.socket:
    """The web's listening socket, which its processes share and which stays when one of them ends."""
    if not free(host, port):
        raise Trouble(f"端口 {port} 已被占用。请用 --port 换一个端口，或先结束占用它的程序。")
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(address)
    listening.listen(1024)
    return listening


def free(host: str, port: int) -> bool:
    """Whether the port can be taken. Raises Trouble when the address is none of this machine's."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError as error:
        raise Trouble(f"没有权限使用端口 {port}。请用 --port 换一个 1024 以上的端口。") from error
    except (socket.gaierror, OverflowError) as error:
        raise Trouble(f"地址 {host}:{port} 不存在。请检查 --host 和 --port。") from error
    except OSError as error:
        if error.errno == 99:  # EADDRNOTAVAIL
            raise Trouble(f"本机没有地址 {host}。请检查 --host。") from error
        return False
    return True


def any_free_port(host: str) -> int:
    family, kind, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.bind(address)
        return int(probe.getsockname()[1])


def names(host: str) -> list[str]:
    """The host names under which browsers may ask: this machine's own, where it listens to all."""
    own = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
    if host not in ("0.0.0.0", "::"):
        return list(dict.fromkeys([*own, f"[{host}]" if ":" in host else host]))
    found = [address.address for addresses in psutil.net_if_addrs().values() for address in addresses]
    v4 = [address for address in found if address.count(".") == 3]
    v6 = [f"[{address.split('%')[0]}]" for address in found if address.count(":") > 1 and len(address) > 17]
    return list(dict.fromkeys([*own, socket.gethostname(), *v4, *v6]))
