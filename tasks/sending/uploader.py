"""Files on their way out: Meta gets a copy before the message that names it, and the copy is used again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ground.ids import is_id
from models.database import release
from models.messages import uploads
from models.messages.uploads import Uploaded
from storage.store import Store
from tasks.graph_lines import Lines
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.graph.transport import Refused


class Uploader:
    """Puts Meta's ids in the place of ours."""

    def __init__(self, lines: Lines, store: Store) -> None:
        self._lines = lines
        self._store = store

    def resolve(self, content: Any, phone_number_id: str) -> Any:
        """``content`` with the id of an uploaded file, wherever it stands in it, replaced by Meta's.

        Raises Refused where the file cannot be given to Meta; the message was then certainly not sent.
        """
        if isinstance(content, list):
            return [self.resolve(item, phone_number_id) for item in content]
        if not isinstance(content, dict):
            return content
        resolved = {key: self.resolve(item, phone_number_id) for key, item in content.items()}
        file = _uploaded(content)
        return resolved | {"id": self._copy(file, phone_number_id)} if file else resolved

    def must_upload(self, content: Any, phone_number_id: str) -> bool:
        """Whether ``resolve`` has a file to give to Meta first, which takes its time."""
        if isinstance(content, list):
            return any(self.must_upload(item, phone_number_id) for item in content)
        if not isinstance(content, dict):
            return False
        if self.must_upload(list(content.values()), phone_number_id):
            return True
        file = _uploaded(content)
        return file is not None and uploads.copy_at_meta(file, phone_number_id) is None

    def forget(self, content: Any, phone_number_id: str, older_than: timedelta = timedelta()) -> None:
        """Meta refused a file of this message: what is sent next time is a fresh copy, wherever the file stands. A copy
        that is not ``older_than`` stays.
        """
        if isinstance(content, list):
            for item in content:
                self.forget(item, phone_number_id, older_than)
        elif isinstance(content, dict):
            self.forget(list(content.values()), phone_number_id, older_than)
            file = _uploaded(content)
            if file is not None:
                uploads.forget_copies(file, phone_number_id, older_than)

    def _copy(self, file: Uploaded, phone_number_id: str) -> str:
        known = uploads.copy_at_meta(file, phone_number_id)
        if known is not None:
            return known
        try:
            files = self._lines.of(phone_number_id).files
            with self._store.open(file.digest) as opened:
                # No database connection is held during the call: all senders of this process share a few.
                release()
                media_id = files.upload(phone_number_id, opened, file.size, file.mime_type)
        except FileNotFoundError:
            details = "The uploaded file is not in the media store any more; upload it again."
            raise Refused(GraphProblem(None, "File is gone", details, ErrorClass.CONTENT)) from None
        except OSError as error:
            details = f"The media store cannot be read: {error}"[:500]
            raise Refused(GraphProblem(None, "File cannot be read", details, ErrorClass.TRANSIENT)) from None
        uploads.note_copy(file, phone_number_id, media_id)
        return media_id


def _uploaded(content: dict[str, Any]) -> Uploaded | None:
    """The file of ours that an object names by ``id``, if it does."""
    key = content.get("id")
    return uploads.find(key) if isinstance(key, str) and is_id(key) else None
