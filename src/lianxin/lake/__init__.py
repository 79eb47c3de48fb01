"""The lake: the book's rows without personal data, as Parquet files of each centre and month, for engines that count
over years (docs/decisions/lake.md)."""
