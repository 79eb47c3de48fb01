"""How requests arrive: registration, supplements, direct answers, what is out of scope, repeats."""
