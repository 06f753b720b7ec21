"""What a client sees of a file it uploaded."""

from __future__ import annotations

from schema.views.view import View


class UploadView(View, frozen=True):
    """A stored file, to be sent by its ``id``; ``size`` in bytes."""

    id: str
    mime_type: str
    size: int
    filename: str
    sha256: str
