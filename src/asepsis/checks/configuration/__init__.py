"""What clauses 4.1.5, 4.3 and 8 ask: suppliers, software items and their categories, bills of materials and changes."""
