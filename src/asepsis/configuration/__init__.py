"""What the product is made of, from whom, in which release, and what was changed (clauses 4.1.5, 4.3 and 8)."""
