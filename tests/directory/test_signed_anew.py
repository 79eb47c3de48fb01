"""A migration that changes the columns of a proven table signs what was ours, and never what was not."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps as code
from django.db import connection, models
from django.db.migrations import AddField, AlterField, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AlterModelTable, RunPython
from django.db.migrations.operations.base import Operation

from lianxin.directory import proof
from lianxin.directory.models import Post
from lianxin.directory.signed_anew import SignedAnew, signed_anew

from .conftest import World

#: The last ones that were made before anything was installed anywhere: no row was ever signed before them.
FROM_THE_BEGINNING = {"directory": "0014_areas_in_use"}
CHANGES = (AddField, AlterField, RemoveField, RenameField)


def play(operations: list[Operation], *, backwards: bool = False) -> Any:
    """Run them on the database as `migrate` does; the tables as the last of them leaves them."""
    states = [MigrationLoader(connection).project_state()]
    for operation in operations:
        states.append(states[-1].clone())
        operation.state_forwards("directory", states[-1])
    steps = list(zip(operations, states[:-1], states[1:], strict=True))
    with connection.schema_editor() as editor:
        for operation, before, after in reversed(steps) if backwards else steps:
            if backwards:
                operation.database_backwards("directory", editor, after, before)
            else:
                operation.database_forwards("directory", editor, before, after)
    return states[-1].apps


def column() -> list[Operation]:
    return [AddField("post", "desk", models.CharField(max_length=9, default="前台"))]


@pytest.fixture
def forged(here: World) -> int:
    """The post of which somebody else has changed a row by SQL; the other is ours."""
    post = here.centre.posts.get(role="admin")
    assert Post.objects.count() > 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE directory_post SET name = '改' WHERE id = %s", [post.pk])
        # What the fixtures wrote is still to be checked, and no table may be altered before.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return post.pk


def not_ours(model: Any) -> set[int]:
    return {row.pk for row in model._base_manager.all() if not proof.is_ours(row)}


def test_without_it_every_row_would_look_forged(forged: int) -> None:
    then = play(column())
    assert not_ours(then.get_model("directory", "post")) == set(Post.objects.values_list("pk", flat=True))


def test_what_was_ours_stays_ours_and_what_was_not_stays_named(forged: int) -> None:
    operations = signed_anew("directory", "post", *column())
    then = play(operations)
    assert not_ours(then.get_model("directory", "post")) == {forged}
    play(operations, backwards=True)
    assert not_ours(Post) == {forged}


def test_a_row_that_was_never_signed_is_not_signed_by_it(forged: int) -> None:
    slipped_in = Post.objects.exclude(pk=forged).values_list("pk", flat=True)[0]
    models.QuerySet(Post).filter(pk=slipped_in).update(mac=None)
    then = play(signed_anew("directory", "post", *column()))
    assert not_ours(then.get_model("directory", "post")) == {forged, slipped_in}


@pytest.mark.django_db
def test_each_migration_of_a_proven_table_signs_anew() -> None:
    proven = {(model._meta.app_label, str(model._meta.model_name)) for model in proof.tables()}
    for (app, name), migration in MigrationLoader(connection).disk_migrations.items():
        if name > FROM_THE_BEGINNING.get(app, ""):
            changed = {(app, which) for op in migration.operations if (which := changes(op))}
            assert changed & proven <= set(signed(migration.operations)), f"{app} {name}: signed_anew is missing"


def changes(operation: Operation) -> str:
    """The table whose columns or name it changes."""
    if isinstance(operation, CHANGES):
        return operation.model_name.lower()
    if isinstance(operation, RenameModel):
        return operation.new_name.lower()
    return operation.name.lower() if isinstance(operation, AlterModelTable) else ""


def signed(operations: list[Operation]) -> list[tuple[str, str]]:
    found = [getattr(op.code, "__self__", None) for op in operations if isinstance(op, RunPython)]
    return [(one.app, one.model.lower()) for one in found if isinstance(one, SignedAnew)]


def test_the_guard_sees_a_migration_that_forgets_it() -> None:
    assert changes(column()[0]) == "post"
    assert signed(column()) == []
    assert set(signed(signed_anew("directory", "Post", *column()))) == {("directory", "post")}
    assert code.get_model("directory", "post") in proof.tables()
