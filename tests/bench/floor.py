"""The floor of a streamed reply: httpx and Textual's plain `Log`, and nothing else.

`python -m tests.bench.floor URL`: Enter sends what the field holds, the reply is appended to the
log as it comes. It draws no Markdown, keeps no journal and has no second thread.
"""

from __future__ import annotations

import json
import sys

import httpx
from textual.app import App, ComposeResult
from textual.widgets import Input, Log

from tests.bench.program import PROMPT


class Floor(App[None]):
    """A field and a log."""

    def compose(self) -> ComposeResult:
        yield Log()
        yield Input(placeholder=PROMPT)

    def on_mount(self) -> None:
        """Take keys at once."""
        self.query_one(Input).focus()
        self.client = httpx.AsyncClient(trust_env=False, timeout=60)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send a prompt."""
        self.run_worker(self._stream(event.value), exclusive=True)
        event.input.clear()

    async def _stream(self, prompt: str) -> None:
        log = self.query_one(Log)
        body = {"stream": True, "messages": [{"role": "user", "content": prompt}]}
        async with self.client.stream("POST", sys.argv[1] + "/chat/completions", json=body) as came:
            async for line in came.aiter_lines():
                if line.startswith("data: {"):
                    for choice in json.loads(line[6:])["choices"]:
                        log.write(choice["delta"].get("content") or "")


if __name__ == "__main__":
    Floor().run()
