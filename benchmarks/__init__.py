"""What is measured, and against whom: `make bench` prints one table. Nothing here is a test."""
