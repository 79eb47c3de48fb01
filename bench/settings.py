"""The settings of `lianxin up`, and one more address: the page that only reads (bench/urls.py)."""

from lianxin.ops.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
