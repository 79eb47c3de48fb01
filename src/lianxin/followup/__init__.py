"""After the handling: call-backs, grades, further rounds, closing, exclusions."""
