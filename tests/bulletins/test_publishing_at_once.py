"""Two people press 发布 at the same moment: one publication, and the other is told so."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from tests.cast import Cast, make_cast, shanghai
from tests.orders.test_races import at_once

from lianxin.bulletins import issue
from lianxin.bulletins.models import Publication
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Journal
from lianxin.ledger.proof import verify_journal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def junan(transactional_db: None) -> Cast:
    cast = make_cast()
    at = shanghai("2021-10-27 09:00")
    cast.dispatch(cast.register(at), at, "heat")
    return cast


def test_one_of_them_publishes(junan: Cast) -> None:
    def publish() -> Publication:
        week = (date(2021, 10, 25), date(2021, 10, 31))
        return issue.publish(junan.centre, *week, actor=junan.actor("leader"), at=timezone.now())

    answers = at_once(publish, publish, publish)
    assert [str(a) for a in answers if isinstance(a, Refused)] == [issue.ALREADY] * 2
    assert Publication.objects.count() == 1
    assert Journal.objects.filter(action="publication.issued").count() == 1
    assert list(verify_journal()) == []
