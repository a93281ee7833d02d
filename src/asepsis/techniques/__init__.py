"""The ways of finding threats that Annex C names: one file for each, over one model of the system (clause 7.2)."""
