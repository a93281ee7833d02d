"""Sources of advisories: which documents each public layout asks for, and which records come out of them (clause 6.2.1)."""
