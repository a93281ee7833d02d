"""Where entries, contents and files are kept, and the one door through which they come in (clauses 4.1.1, 8)."""
