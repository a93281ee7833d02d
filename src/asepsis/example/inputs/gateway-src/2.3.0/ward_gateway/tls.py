"""What is spoken on the wire: TLS 1.2 with forward secrecy at the least, and 1.3 where both can."""

import ssl


def context() -> ssl.SSLContext:
    """Return how the FHIR API and the administrators' pages are served."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    return made
