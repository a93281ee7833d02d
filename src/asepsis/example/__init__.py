"""The example: a maker of a DICOM and FHIR gateway, two years of its work, and where its products stand."""

from asepsis.example.story import LAST, TooEarlyError, Written, write

__all__ = ["LAST", "TooEarlyError", "Written", "write"]
