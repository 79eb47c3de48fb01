"""Mutation of what the product is ruled by: `script/mutate`.

One at a time, each number and switch of the shipped packs, each event that a clock starts or stops with, each event,
move and right of the lifecycle table and each effect of a verb is changed, and the tests that touch it are run.
A change that no test notices is a survivor: docs/mutants.toml names each with its reason, and no other may remain.

Mutation tools for Python change syntax, file by file; our rules are rows of TOML and of one table, so what is changed
here is data, in the memory of a forked process: nothing is written into the tree (docs/decisions).
"""
