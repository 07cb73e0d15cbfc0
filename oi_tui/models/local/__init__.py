"""Models that run on this machine, each in a process of its own behind one small port.

The application never loads an engine: it starts a child that serves the OpenAI format on the
loopback address and speaks to it like to any other server.
"""
