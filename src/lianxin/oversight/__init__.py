"""Supervision: what the centre asks of units beside the orders, and follows until it is done."""
