"""Markdown and code drawn as rows of styled segments. Knows no widget and no conversation."""
