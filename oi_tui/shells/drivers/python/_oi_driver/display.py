"""Rich display: pictures and other representations go over the channel, their place is marked."""
import base64
import builtins
import os
import sys

from . import streams

_REPRESENTATIONS = (
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
)


def new_nonce():
    return os.urandom(16).hex()


class Display:
    """Installs `display()` and the display hook; `run_id` is set by the runner."""

    def __init__(self, channel, terminal):
        self._channel = channel
        self._terminal = terminal
        self._plain_hook = sys.displayhook
        self.run_id = ""
        builtins.display = self._display
        sys.displayhook = self._hook

    def mark(self, kind, nonce):
        """Write a position mark, which terminals ignore, after all output so far."""
        streams.flush()
        data = b"\x1b]7770;%s;%s\x1b\\" % (kind, nonce.encode())
        try:
            while data:
                data = data[os.write(self._terminal, data):]
        except OSError:
            pass

    def show(self, mime, payload):
        """Send a picture. The message goes first, so that its mark finds it there."""
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "replace")
        nonce = new_nonce()
        encoded = base64.b64encode(payload).decode()
        self._channel.send(ev="display", id=self.run_id, mime=mime, place=nonce, data=encoded)
        self.mark(b"d", nonce)

    def _rich(self, value):
        if isinstance(value, type):
            return
        for name, mime in _REPRESENTATIONS:
            method = getattr(value, name, None)
            if not callable(method):
                continue
            try:
                payload = method()
            except Exception:
                continue
            if isinstance(payload, tuple):  # (data, metadata)
                payload = payload[0]
            if payload:
                self.show(mime, payload)
                return

    def _display(self, *values):
        """Show values as a notebook does; pictures, HTML and Markdown go to the interface."""
        for value in values:
            self._rich(value)
            print(value if isinstance(value, str) else repr(value))

    def _hook(self, value):
        if value is not None:
            self._rich(value)
            self._plain_hook(value)  # its repr, and builtins._
