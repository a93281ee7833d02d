"""What clauses 4.1.7 and 9 ask: hearing of problems, deciding about them, and telling who has to know."""
