"""What clauses 4.2 and 7 ask: criteria, context, threats, their risks, controls, and looking at these as time goes on."""
