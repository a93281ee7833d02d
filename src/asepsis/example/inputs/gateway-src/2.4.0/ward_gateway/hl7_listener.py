"""Results come in by HL7 version 2 over MLLP: framed, bounded, and read without guessing."""

START, END = b"\x0b", b"\x1c\x0d"
MOST_BYTES = 1024 * 1024


class RefusedMessageError(ValueError):
    """A message that is not taken; the sender gets AR, and the audit log the reason."""


def unframed(data: bytes) -> bytes:
    """Return the message between the MLLP characters."""
    if len(data) > MOST_BYTES:
        raise RefusedMessageError("longer than a megabyte")
    if not data.startswith(START) or not data.endswith(END):
        raise RefusedMessageError("not framed as MLLP")
    return data[1:-2]


def segments(message: bytes) -> list[list[str]]:
    """Return the fields of each segment; one that goes on in an ADD segment is joined. The first is MSH."""
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise RefusedMessageError("not UTF-8") from problem
    lines = [line for line in text.split("\r") if line]
    if not lines or not lines[0].startswith("MSH|"):
        raise RefusedMessageError("does not begin with MSH")
    fields: list[list[str]] = []
    for line in lines:
        if line.startswith("ADD|") and len(fields) > 1:
            fields[-1] += line[4:].split("|")
        else:
            fields.append(line.split("|"))
    return fields


def acknowledgement(control_id: str, taken: bool) -> bytes:
    """Return the framed answer: AA where the message was taken, AR where it was refused."""
    code = "AA" if taken else "AR"
    return START + f"MSH|^~\\&|WARDGW|WARD|||||ACK|{control_id}|P|2.5\rMSA|{code}|{control_id}\r".encode() + END
