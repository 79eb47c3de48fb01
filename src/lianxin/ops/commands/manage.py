"""`lianxin manage …`: Django's own commands, with the database running."""

import click
from django.core.management import execute_from_command_line

from .. import database


@click.command(
    help="执行 Django 的管理命令（供维护人员），例如 lianxin manage makemigrations。",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def command(words: tuple[str, ...]) -> None:
    with database.running():
        execute_from_command_line(["lianxin manage", *words])
