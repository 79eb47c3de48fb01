"""The one error that an operator is meant to read."""

from typing import IO, Any

import click


class Trouble(click.ClickException):
    """One clear Chinese sentence: what is wrong and what to do next. Never a traceback."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"出错了：{self.format_message()}", file=file, err=file is None)


class Passing(Trouble):
    """Trouble that may pass without a change of ours: a full disk, a recovery that takes its time."""
