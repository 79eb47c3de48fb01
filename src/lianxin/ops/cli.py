"""The `lianxin` command: one module of ops/commands/ a subcommand, found by itself."""

import importlib
import os
import pkgutil
from typing import cast

import click

from . import commands


class Commands(click.Group):
    """Imports a subcommand only when it is asked for, so that `lianxin doctor` works even where others cannot."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        return cast("click.Command", module.command)


@click.command(cls=Commands, help="连心：12345 政务服务便民热线系统。")
@click.version_option(package_name="lianxin", prog_name="lianxin")
def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.ops.settings")


if __name__ == "__main__":
    main()
