"""What the clauses ask, as pure functions over a view: one folder for each process, one module for each noun."""
