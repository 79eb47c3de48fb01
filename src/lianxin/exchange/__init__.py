"""Other systems: orders that come from upper platforms, and the replies that go back to them."""
