"""What the unit does: sign-in, first contact, inner steps, reply and its audits, petitions."""
