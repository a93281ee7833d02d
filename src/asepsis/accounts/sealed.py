"""Secrets that have to be used again, kept so that nobody reads them who has the database alone."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def seal(text: str, purpose: str) -> str:
    """Return a secret as it is kept for one purpose."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def opened(sealed: str, purpose: str) -> str:
    """Return a secret that was kept for this purpose."""
    return _fernet(purpose).decrypt(sealed.encode()).decode()


def _fernet(purpose: str) -> Fernet:
    key = hashlib.sha256(f"{purpose}|{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
