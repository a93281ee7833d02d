"""Asepsis runs the security life cycle that IEC 81001-5-1 asks of health software, and proves it."""

__version__ = "0.1.0"
