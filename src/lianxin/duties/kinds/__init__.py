"""The kinds of proceedings that duties need, a file each."""
