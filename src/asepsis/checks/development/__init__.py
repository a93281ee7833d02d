"""What clauses 4.1.9 and 5 ask: the documents that go out, and development from the plan to the release."""
