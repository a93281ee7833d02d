"""Problem resolution (4.1.6, 4.1.7, 9): from the report that comes in to the decision, its proof and its disclosure."""
