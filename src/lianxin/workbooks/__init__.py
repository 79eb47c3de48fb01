"""Foreign files as sheets of cells: whatever offices and web systems call a table, read in a child process.

A file from outside may be damaged, huge or hostile; whoever opens it must not be the process that answers others.
`reading.read` starts a child with limits of memory, time, rows and columns, which opens the file by the reader that
fits what it really is, and streams its rows.  Orders (`exchange`) and the directory's sheets use the same reader.
"""

from .limits import WAITED_FOR, Limits
from .reading import FileError, Row, Sheet, Workbook, read, read_path

__all__ = ["WAITED_FOR", "FileError", "Limits", "Row", "Sheet", "Workbook", "read", "read_path"]
