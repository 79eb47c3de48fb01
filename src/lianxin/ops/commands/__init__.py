"""One module a command; each exports `command`, and `lianxin` picks it up by itself."""
