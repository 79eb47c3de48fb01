"""Proceedings (专办事项): what the centre carries on that is no order, with a number, an owner, a ledger of its own."""
