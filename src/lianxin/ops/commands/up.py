"""`lianxin up`: database, web, live updates and worker, started together and kept alive."""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator

import click
import psutil

from .. import database, places
from ..postgres import Cluster
from ..processes import Child, stop_all
from ..trouble import Trouble


@click.command(help="启动系统：数据库、网站、实时更新和后台任务。Ctrl-C 结束。")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听的地址；0.0.0.0 让局域网内都能访问。")
@click.option("--port", default=8345, show_default=True, type=click.IntRange(1, 65535), help="网站的端口。")
@click.option("--demo", is_flag=True, help="同时载入演示数据（莒南县）。")
@click.option("--workers", type=click.IntRange(1, 64), help="网站的进程数；不写则按处理器数。")
def command(host: str, port: int, demo: bool, workers: int | None) -> None:
    if not free(host, port):
        raise Trouble(f"端口 {port} 已被占用。请用 --port 换一个端口，或先结束占用它的程序。")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with embedded() as cluster:
        if stop.is_set():
            return
        prepare(host, port)
        children = plan(host, port, workers or os.cpu_count() or 1)
        if not demo and empty():
            click.echo("还没有数据。加上 --demo 可以载入演示数据。")
        if demo:
            children.append(Child("演示数据", lianxin("demo"), once=True))
        try:
            for child in children:
                child.start()
            announce(host, port, children[0], stop)
            while not stop.wait(0.5):
                look_after(children, cluster)
            click.echo("正在结束……")
        finally:
            stop_all(reversed(children))
    click.echo("已全部结束。")


@contextlib.contextmanager
def embedded() -> Iterator[Cluster | None]:
    """The embedded server while we run; None when DATABASE_URL names another, which is only checked."""
    if url := os.environ.get("DATABASE_URL"):
        database.check(url)
        yield None
        return
    with Cluster(places.CLUSTER) as cluster:
        yield cluster


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


def plan(host: str, port: int, workers: int) -> list[Child]:
    """The processes, the web first: it is the one that is waited for."""
    granian = [sys.executable, "-m", "granian", "--host", host, "--no-access-log", "--log-level", "warning"]
    granian += ["--workers-kill-timeout", "10", "--respawn-failed-workers"]
    web = [
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        str(min(8, 2 * (os.cpu_count() or 1))),
    ]
    live = ["--interface", "asgi", "--port", os.environ["LIANXIN_LIVE_PORT"], "--workers", "1"]
    return [
        Child("网站", [*granian, *web, "lianxin.ops.wsgi:application"]),
        Child("实时更新", [*granian, *live, "lianxin.ops.live:application"]),
        Child("后台任务", lianxin("worker")),
    ]


def lianxin(*words: str) -> list[str]:
    return [sys.executable, "-m", "lianxin.ops.cli", *words]


def announce(host: str, port: int, web: Child, stop: threading.Event) -> None:
    """Print the address once the site answers."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection((shown, port), timeout=1):
            click.echo(f"连心已启动：http://{f'[{shown}]' if ':' in shown else shown}:{port}/ （Ctrl-C 结束）")
            return
        if stop.wait(0.1) or not web.running():
            return


def look_after(children: list[Child], cluster: Cluster | None) -> None:
    if cluster is not None and not cluster.alive():
        click.echo("数据库意外结束，正在重新启动。", err=True)
        cluster.start()
    for child in children:
        if said := child.tend():
            click.echo(said, err=True)


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
