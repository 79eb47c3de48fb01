"""A real S3 server on this machine: OpenStack Swift with its S3 interface, its four servers in one process.

usage: python -m tests.lake.objects FOLDER PORT PORT PORT PORT     (proxy, account, container, object)
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

USER, KEY = "lake:tester", "only-for-tests"
_STORAGE = """[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
[pipeline:main]
pipeline = server
[app:server]
use = egg:swift#{kind}
"""
_PROXY = """[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors listing_formats s3api tempauth slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {key} .admin
[filter:slo]
use = egg:swift#slo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""


def can_serve(folder: Path) -> bool:
    """Whether that folder's file system keeps what Swift writes beside its files."""
    try:
        os.setxattr(folder, "user.lianxin", b"1")
    except OSError:
        return False
    return True


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The server while it is used: the address of a bucket in it, as `Store.at` takes it."""
    ports = _free(4)
    # It goes by the wall's clock, as the client in Arrow does: a signature that is minutes old is refused.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [sys.executable, __file__, str(folder), *map(str, ports)]
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n", "the S3 server did not start"
            user = quote(USER, safe="")
            said = f"scheme=http&endpoint_override=127.0.0.1%3A{ports[0]}&region=us-east-1&allow_bucket_creation=true"
            yield f"s3://{user}:{KEY}@bucket/lake?{said}"
        finally:
            server.terminate()


def _free(number: int) -> list[int]:
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(each.getsockname()[1]) for each in found]
    for each in found:
        each.close()
    return ports


def _serve(folder: Path, proxy: int, *storage: int) -> None:
    import eventlet

    eventlet.monkey_patch()
    from eventlet import wsgi
    from paste.deploy import loadapp
    from swift.common import utils
    from swift.common.ring import RingBuilder

    (folder / "devices" / "one").mkdir(parents=True, exist_ok=True)
    said = folder / "swift.conf"
    said.write_text("[swift-hash]\nswift_hash_path_prefix = lake\nswift_hash_path_suffix = lake\n")
    utils.SWIFT_CONF_FILE = str(said)
    utils.HASH_PATH_PREFIX = utils.HASH_PATH_SUFFIX = b"lake"
    listening = [(proxy, "proxy", _PROXY.format(folder=folder, user=USER.replace(":", "_"), key=KEY))]
    for port, kind in zip(storage, ("account", "container", "object"), strict=True):
        ring = RingBuilder(2, 1, 0)
        near = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "one", "meta": "", **near})
        ring.rebalance()
        ring.get_ring().save(str(folder / f"{kind}.ring.gz"))
        listening.append((port, kind, _STORAGE.format(folder=folder, kind=kind)))
    # The proxy last: it asks the others when it begins.
    for port, kind, text in reversed(listening):
        conf = folder / f"{kind}.conf"
        conf.write_text(text)
        eventlet.spawn(wsgi.server, eventlet.listen(("127.0.0.1", port)), loadapp(f"config:{conf}"), log_output=False)
    print("ready", flush=True)  # noqa: T201
    while True:
        eventlet.sleep(3600)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), *map(int, sys.argv[2:]))
