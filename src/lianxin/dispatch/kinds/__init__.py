"""The kinds of proceedings of this stage, a module each."""
