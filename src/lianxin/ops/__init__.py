"""The composition root: settings, processes, and the `lianxin` command."""
