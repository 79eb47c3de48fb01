"""`lianxin worker`: carries out the jobs of the queue. `lianxin up` runs one; more may run on other machines."""

from typing import cast

import click

from ..database import needs_database


@click.command(help="执行后台任务。lianxin up 已包含一个；任务多时可在其他机器上用同一个 DATABASE_URL 再开。")
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="同时执行的任务数。")
@needs_database()
def command(concurrency: int) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    # The site defers jobs inside Django's transactions; a worker needs connections of its own.
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    with app.replace_connector(connector) as working:
        # Finished jobs are deleted: the queue stays small, and what happened stands in the ledger.
        working.run_worker(concurrency=concurrency, delete_jobs="successful", shutdown_graceful_timeout=8)
