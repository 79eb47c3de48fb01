"""The staff web site: sign in, queues, the order page, the verbs as forms.  It shows and asks; it decides nothing."""
