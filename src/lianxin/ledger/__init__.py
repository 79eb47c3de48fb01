"""The machinery of any ledger: one door, entries and their chain, attestations and seals, the proof, the journal."""
