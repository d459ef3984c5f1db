"""The exactly-once loop: claim, send, record; what is unknown is resolved before anything else."""

from importer.sending.loop import Sent, send_run
from importer.sending.protocols import Book, Server
from importer.sending.undoing import Undone, undo_run

__all__ = ["Book", "Sent", "Server", "Undone", "send_run", "undo_run"]
