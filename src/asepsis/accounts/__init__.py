"""Who may come in, and how they prove to be who they are. What they may do is no matter of an account: 21 CFR 11.10(d)."""
