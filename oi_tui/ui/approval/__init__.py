"""Approving code: when a key counts, how code is shown, how it is edited.

`gate` and `shown_code` are pure; the rest are widgets. Nothing here decides whether code runs:
that is the engine's, which checks the digest again.
"""
