"""The same lake in a bucket of a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow import fs
from tests.cast import later, make_cast
from tests.lake import objects
from tests.lake.test_lake import SUMMER, names, rows, same, urge
from tests.orders.stages import reach

from lianxin.lake import manifest, write
from lianxin.lake.store import Store
from lianxin.ops.commands import lake as command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    if not objects.can_serve(tmp_path):
        pytest.skip("the file system of the temporary folder keeps no extended attributes, which Swift needs")
    with objects.served(tmp_path) as address:
        Store.at(address).system.create_dir("bucket")
        yield address


def test_a_bucket_is_a_lake_too(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast("jinan", "jinan-cg")
    order = reach(cast, "signed", SUMMER)[0]
    store = Store.at(address)
    monkeypatch.setattr(write, "MOST_DELTAS", 1)
    first = write.write(store)
    assert isinstance(store.system, fs.S3FileSystem)
    with manifest.reading(store) as there:
        for n in range(2):
            urge(cast, order, later(SUMMER, days=n + 1))
            write.write(store)
        # What is read stays, here as well.
        assert names(there) <= set(store.names("data"))
    same(store)
    assert len(rows(store, "orders_order")) == 1
    urge(cast, order, later(SUMMER, days=9))
    write.write(store)
    assert not names(first, "2026-07") & set(store.names("data"))
    same(store)
    for words, said in ((["list"], "数据截至"), (["check"], "逐行相同"), (["write"], "已写入")):
        done = CliRunner().invoke(command.command, [*words, "--to", address])
        assert done.exit_code == 0, done.output
        assert said in done.output
