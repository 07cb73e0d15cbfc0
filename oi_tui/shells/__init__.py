"""Shells: persistent interpreters in pseudo terminals. Knows nothing of models or approvals."""
