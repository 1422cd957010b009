"""Generated secrets."""
