"""What other floors may listen to."""

from django.dispatch import Signal

# Sent after every change of the directory through the admin pages and their imports, inside the same transaction.
# sender: the model's class; actor: the Staff who did it, None for the command line; action: "add", "change", "delete",
# "import", of a pack "adopt" or "withdraw"; objects: the objects concerned, still with their ids (empty for an import);
# centre: the centre's id or None; message: what Django's own admin history says, or the sentence of the import's
# outcome; facts: what else the journal is to keep of it, by name.
administered = Signal()
