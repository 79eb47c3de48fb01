"""A demo that starts on a day on which there is little to show."""

import pytest
from tests.ops.test_demo_queues import last


@pytest.mark.django_db
def test_on_a_quiet_day_what_has_no_order_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """A demo starts on any day: whatever its proceedings lack, the others are there."""
    from lianxin.ops.simulation import affairs, show

    centre = show.raise_curtain("demo")
    affairs.play(centre, last(2, 14, 42))
    assert "affair 0 of the demo's proceedings is left out: " in caplog.text
    assert "has 0 such orders at work" in caplog.text
