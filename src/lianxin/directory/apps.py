"""The directory as a Django app."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """`lianxin.directory`, label `directory`."""

    name = "lianxin.directory"
    verbose_name = "基础资料"
