"""After a transactional test the database is as it was before any, and the kept cast can be put back into it."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from tests.cast import Cast

from lianxin.directory.models import Centre
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("kept")
@pytest.mark.parametrize("turn", range(3))
def test_each_committed_test_finds_nothing_of_the_one_before(transactional_db: None, nine: datetime, turn: int) -> None:
    from tests.cast import make_cast

    assert not any(model.objects.exists() for model in (Centre, Order, Entry))
    assert ContentType.objects.exists()
    assert Permission.objects.exists()
    cast: Cast = make_cast()
    assert [cast.register(nine).number for _ in range(2)] == ["20261118-0001", "20261118-0002"]
    assert list(verify()) == []
