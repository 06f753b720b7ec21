"""Which types Meta takes in an upload, as its refusal lists them.

Meta believes the type of the form's part, not the parameter ``type`` beside it.
"""

from __future__ import annotations

from sandbox.graph.errors import invalid_parameter

_DOCUMENT = "application/vnd.openxmlformats-officedocument"
UPLOAD_TYPES = (
    *("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus"),
    *("application/vnd.ms-powerpoint", "application/msword"),
    *(f"{_DOCUMENT}.wordprocessingml.document", f"{_DOCUMENT}.presentationml.presentation"),
    *(f"{_DOCUMENT}.spreadsheetml.sheet", "application/pdf", "text/plain", "application/vnd.ms-excel"),
    *("image/jpeg", "image/png", "image/webp", "video/mp4", "video/3gpp"),
)


def check_upload_type(of_part: str, of_field: str) -> None:
    """Raise the GraphError Meta would answer to a file of this type, ``of_field`` being the form's own or "".

    That the two may not contradict each other is stricter than what is known of Meta.
    """
    plain = _plain(of_part)
    if plain not in UPLOAD_TYPES:
        known = ", ".join(UPLOAD_TYPES)
        raise invalid_parameter(
            f"Param file must be a file with one of the following types: {known}. Received file of type '{plain}'."
        )
    if of_field and _plain(of_field) != plain:
        raise invalid_parameter(f"Param type is '{of_field[:100]}', but the file is of type '{plain}'.")


def _plain(mime_type: str) -> str:
    return mime_type.partition(";")[0].strip().lower()
