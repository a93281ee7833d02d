"""Runs the checks and joins what they say: assessment, board, gate, claims, trace (clauses 4 to 9 and Annex F)."""
