"""The kinds of proceedings that are a unit's own work, a file each."""
