"""The lake: the book's rows without personal data, as Parquet files of each centre and month, for engines that count
over years (docs/decisions/lake.md)."""

#: The file that says which manifest counts: where it is, there is a lake.  Here, so that who asks loads no engine.
POINTER = "CURRENT"
