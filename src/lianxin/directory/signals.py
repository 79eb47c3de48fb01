"""What other floors may listen to."""

from django.dispatch import Signal

# Sent after every change of the directory through the admin pages and their imports, inside the same transaction.
# sender: the model's class; actor: the Staff who did it; action: "add", "change", "delete" or "import";
# objects: the objects concerned, still with their ids (empty for an import); centre: the centre's id or None;
# message: what Django's own admin history says, or the sentence of the import's outcome.
administered = Signal()
