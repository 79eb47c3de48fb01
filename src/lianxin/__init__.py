"""Lianxin (连心): the open system that runs a 12345 citizen hotline."""

__version__ = "0.1.0"
