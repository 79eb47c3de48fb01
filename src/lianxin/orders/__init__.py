"""The book: work orders, their ledger, and the one door (`ledger.record`) through which all changes go."""
