"""What the clauses ask of records and facts: one folder for each process, one module for each noun; pure."""
