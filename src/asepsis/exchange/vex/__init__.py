"""Statements on whether a known vulnerability matters (VEX): OpenVEX, CSAF and CycloneDX over one typed value (9.3)."""
