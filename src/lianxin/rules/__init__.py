"""The rule book: working time, policy packs, conditions, formulas, deadlines, life cycle.

Pure Python: no Django, no database, no clock. Every time is passed in.
"""
