"""What clause 4.1 asks of the frame: procedures, roles, people, scope, audits, reviews and improvement."""
