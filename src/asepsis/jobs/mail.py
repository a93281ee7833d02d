"""Letters: written as plain text, and given to the one server that the settings name, or to a folder; else to nobody."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from django.conf import settings

from asepsis.errors import UnanswerableError
from asepsis.sentences import Sentence

TIMEOUT = 30.0  # seconds that a server may be silent
LONGEST = 200_000  # characters of a letter


class UnsentError(UnanswerableError):
    """A letter was not taken."""

    code = "mail-unsent"
    sentence = Sentence(
        "A letter was not taken by {server}: {reason}.",
        next="It is tried again. Look at ASEPSIS_MAIL_SERVER and what goes with it.",
    )


class MailOffError(UnanswerableError):
    """Letters are not switched on."""

    code = "mail-off"
    sentence = Sentence("No server of mail is named.", next="Name one in ASEPSIS_MAIL_SERVER.")


def is_on() -> bool:
    """Return whether letters are sent, or written into a folder."""
    return settings.MACHINE.mail_server is not None or settings.MACHINE.mail_folder is not None


def letter(to: str, subject: str, text: str, now: datetime, attached: tuple[str, str] | None = None) -> EmailMessage:
    """Return a letter, marked as one that no person wrote, so that no absence notice answers it (RFC 3834).

    `attached` is the name of a file, and its text.
    """
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = settings.MACHINE.mail_from, to, " ".join(subject.split())
    found["Date"], found["Message-ID"] = format_datetime(now), make_msgid(domain="asepsis.invalid")
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(text[:LONGEST], cte="quoted-printable")
    if attached is not None:
        name, content = attached
        found.add_attachment(content.encode(), maintype="text", subtype="plain", filename=name)
    return found


def send(message: EmailMessage) -> None:
    """Give a letter to the server that the settings name, or write it into the folder. Raises an `UnsentError`."""
    machine = settings.MACHINE
    if machine.mail_folder is not None:
        _write(message, machine.mail_folder)
        return
    if machine.mail_server is None:
        raise MailOffError
    try:
        with _connected(machine) as server:
            if machine.mail_user is not None:
                server.login(machine.mail_user, _password(machine.mail_password_file))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise UnsentError(server=machine.mail_server, reason=_reason(error)) from error


def _connected(machine: Any) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if machine.mail_security == "tls":
        return smtplib.SMTP_SSL(machine.mail_server, machine.mail_port, timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(machine.mail_server, machine.mail_port, timeout=TIMEOUT)
    if machine.mail_security == "starttls":
        try:
            server.starttls(context=context)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server


def _password(file: Path | None) -> str:
    return file.read_text(encoding="utf-8").strip() if file is not None else ""


def _reason(error: Exception) -> str:
    """Return why, without what the server said in its own words: it may quote the letter or the password."""
    match error:
        case smtplib.SMTPResponseException():
            return f"it answered {error.smtp_code}"
        case smtplib.SMTPRecipientsRefused():
            return "it refused the address"
        case ssl.SSLError():
            return "its certificate is not good"
        case OSError():
            return (error.strerror or type(error).__name__).lower()
    return type(error).__name__


def _write(message: EmailMessage, folder: Path) -> None:
    try:
        name = "".join(one for one in str(message["Message-ID"]).partition("@")[0] if one.isalnum() or one == ".")
        (folder / f"{name}.eml").write_bytes(bytes(message))
    except OSError as error:
        raise UnsentError(server=str(folder), reason=(error.strerror or "it cannot be written").lower()) from error
