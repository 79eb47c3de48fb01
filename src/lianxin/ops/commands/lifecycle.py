"""`lianxin lifecycle`: the order's states as a Mermaid diagram, for docs/architecture.md."""

import click

from lianxin.rules import lifecycle


@click.command(help="输出工单状态图（Mermaid 文本），即 docs/architecture.md 中的那一幅。")
def command() -> None:
    """Printed from the one table; `tests/test_docs.py` compares the copy in the docs with it."""
    click.echo(lifecycle.mermaid())
