"""The front end for pipes and scripts: one prompt through the same engine, as text or JSON lines.

Knows no screen. What it prints as text is plain: no escape sequence, whoever wrote it.
"""
