"""`lianxin doctor`: says what is wrong with an installation, and what to do about it."""

import importlib.metadata
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import click

from .. import database, places
from ..trouble import Trouble


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `remedy` is empty when all is well."""

    title: str
    found: str
    remedy: str = ""


@click.command(help="检查安装是否完好：运行环境、依赖、目录、密钥、数据库、前端文件、字体。有问题时退出码为 1。")
def command() -> None:
    bad = 0
    for look in CHECKS:
        for finding in look():
            bad += bool(finding.remedy)
            mark = click.style("不正常", fg="red") if finding.remedy else click.style("正常", fg="green")
            click.echo(f"[{mark}] {finding.title}:{finding.found}")
            if finding.remedy:
                click.echo(f"    → {finding.remedy}")
    if bad:
        click.echo(f"共有 {bad} 项需要处理。")
        raise SystemExit(1)
    click.echo("一切正常。")


def python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", found, "" if sys.version_info >= (3, 11) else "请改用 Python 3.11 或更新的版本。")


def dependencies() -> Iterator[Finding]:
    """Everything in requirements.txt is installed, in the version of the lock."""
    lock = places.BASE_DIR / "requirements.txt"
    if not lock.is_file():
        yield Finding("依赖", "找不到 requirements.txt", "请从完整的源代码目录运行。")
        return
    wrong = []
    for line in lock.read_text("utf-8").splitlines():
        name, separator, rest = line.partition("==")
        if not separator or line.startswith((" ", "#")) or "sys_platform" in rest:
            continue
        version = rest.split()[0]
        try:
            installed = importlib.metadata.version(name.split("[")[0])
        except importlib.metadata.PackageNotFoundError:
            installed = "未安装"
        if installed != version:
            wrong.append(f"{name} {installed}（应为 {version}）")
    found = "、".join(wrong[:5]) + ("等" if len(wrong) > 5 else "") if wrong else "与锁文件一致"
    yield Finding("依赖", found, "请运行 script/server，它会重新安装。" if wrong else "")


def folders() -> Iterator[Finding]:
    nearest = places.VAR
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK | os.X_OK):
        yield Finding(
            "数据目录", str(places.VAR), "目录不能写入。请改变权限，或用环境变量 LIANXIN_VAR 指定另一个目录。"
        )
        return
    space = os.statvfs(nearest)
    gigabytes = space.f_bavail * space.f_frsize / 1e9
    remedy = "" if gigabytes >= 1 else "剩余空间不足 1 GB，请清理磁盘。"
    yield Finding("数据目录", f"{places.VAR}，剩余 {gigabytes:.0f} GB", remedy)


def keys() -> Iterator[Finding]:
    if not places.KEYS.is_dir():
        yield Finding("密钥", "尚未生成（第一次启动时生成）")
        return
    open_to_others = [path.name for path in [places.KEYS, *places.KEYS.iterdir()] if path.stat().st_mode & 0o077]
    if open_to_others:
        remedy = f"请执行：chmod -R go= {places.KEYS}"
        yield Finding("密钥", f"其他用户也能读：{'、'.join(sorted(open_to_others))}", remedy)
    else:
        yield Finding("密钥", f"{places.KEYS}，只有属主能读")


def front_end() -> Iterator[Finding]:
    missing = [name for name, folder in places.FRONT_END.items() if not (places.NODE_MODULES / folder).is_dir()]
    missing += ["图标"] if not places.ICONS.is_dir() else []
    found = f"缺少 {'、'.join(missing)}" if missing else "齐全"
    yield Finding("前端文件", found, "请运行 script/server，它会安装前端文件。" if missing else "")


def fonts() -> Iterator[Finding]:
    """Without Chinese fonts the PDF bulletins would be empty boxes."""
    spec = find_spec("pylopdf_fonts_zh_cn")
    folder = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None
    count = sum(1 for path in folder.rglob("*") if path.suffix.lower() in (".ttf", ".otf", ".ttc")) if folder else 0
    found = f"{count} 个中文字体" if count else "没有中文字体"
    yield Finding("字体", found, "" if count else "请运行 script/server，它会重新安装依赖。")


def data() -> Iterator[Finding]:
    """The server, then the tables in it."""
    kind = "DATABASE_URL 指定的" if os.environ.get("DATABASE_URL") else "自带的"
    try:
        with database.running() as url:
            version = database.check(url)
            yield Finding("数据库", f"{kind} PostgreSQL {version}")
            import django

            django.setup()
            waiting = database.unapplied()
            found = f"缺 {len(waiting)} 步" if waiting else "与程序一致"
            yield Finding("数据库的表", found, "请运行 script/server，它会更新。" if waiting else "")
            if not waiting:
                yield rules()
    except Trouble as trouble:
        what, _, remedy = trouble.message.partition("。")
        yield Finding("数据库", what, remedy or "请检查数据库服务。")


def rules() -> Finding:
    """Whether each adopted pack can be read as it is kept.  Files are drafts and say nothing here."""
    from lianxin.directory import adopted
    from lianxin.rules.policy import PolicyError

    kept, damaged = adopted.digests(), []
    for pack, digest in sorted(kept.items()):
        try:
            sound = adopted.find(pack, digest).digest == digest
        except PolicyError:
            sound = False
        damaged += [] if sound else [pack]
    if not damaged:
        return Finding("规则包", f"已采用 {len(kept)} 个版本，存档完好" if kept else "尚未采用")
    remedy = "请运行 lianxin verify 查明被改动的存档，再从备份恢复；有工单按这些版本办理。"
    return Finding("规则包", f"存档被改动或不能读取：{'、'.join(damaged)}", remedy)


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (python, dependencies, folders, keys, front_end, fonts, data)
