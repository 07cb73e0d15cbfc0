"""Sessions in the formats of others: Markdown, notebook, scripts, HTML, JSON; and back.

Pure: events or messages in, bytes out, and the other way around. Knows no file and no folder.
"""
