"""Statements about the standard itself: what a person attests, what does not apply, what policy sets, what is claimed."""
