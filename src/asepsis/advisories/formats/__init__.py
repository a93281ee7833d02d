"""Advisories as their publishers write them, one file for each format."""
