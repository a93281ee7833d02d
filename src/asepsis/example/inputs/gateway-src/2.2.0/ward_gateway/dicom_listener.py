"""Images come in by C-STORE: from known stations only, of bounded size, and for a patient who is named."""

from dataclasses import dataclass

MOST_BYTES = 512 * 1024 * 1024
STORAGE = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.7")
SUCCESS, OUT_OF_RESOURCES, REFUSED, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0x0122, 0xC000


@dataclass(frozen=True)
class Image:
    """What is looked at of an image before it is kept."""

    station: str
    sop_class: str
    patient_id: str
    size: int


def accept(image: Image, stations: frozenset[str], room: int = MOST_BYTES) -> int:
    """Return the DICOM status with which an image is answered."""
    if image.station.strip() not in stations or image.sop_class not in STORAGE:
        return REFUSED
    if image.size > min(room, MOST_BYTES):
        return OUT_OF_RESOURCES
    if not image.patient_id.strip() or not image.patient_id.isprintable():
        return CANNOT_UNDERSTAND
    return SUCCESS
