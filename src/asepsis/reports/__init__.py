"""Documents made out of what the program knows: the handbook of clauses, and what comes with later releases."""
