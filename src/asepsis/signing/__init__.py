"""Keys and signatures of files: envelopes, and one file for each backend (clauses 5.8.3, 5.8.4 and 6.3.3)."""
