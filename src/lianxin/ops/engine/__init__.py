"""Django's engine for PostgreSQL, but for how a connection is looked at before a request uses it (`base`)."""
