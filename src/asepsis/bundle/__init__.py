"""A dossier that leaves the machine: written, opened and restored, and verified by whoever gets it (clauses 4.1.1, 8)."""
