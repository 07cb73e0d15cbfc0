"""A bare application around the conversation, and transcripts to show in it."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.message import Message

from oi_tui.protocol.items import ErrorInfo, ErrorKind, Limit, RunStatus
from oi_tui.transcript import (
    Block,
    CodeBlock,
    CodeState,
    Display,
    NoticeBlock,
    NoticeKind,
    PromptBlock,
    ProseBlock,
    Transcript,
)
from oi_tui.ui.theming import VARIABLE_DEFAULTS
from oi_tui.ui.widgets.conversation import Conversation

MARKDOWN = """\
# Heading 標題

Some **bold** text, `code`, [a link](https://example.com/x) and 中文，標點。

- one
- two
  - nested 😀

1. first

2. second

| 名稱 | Count |
|:--|--:|
| 蘋果 | 12 |

> quoted

```python
def f(x):
    return "字串"
```

---

The end.
"""


class Host(App[None]):
    """Holds one conversation and remembers what it asks for."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(VARIABLE_DEFAULTS)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Message] = []
        self.replays: list[Message] = []

    def compose(self) -> ComposeResult:
        yield Conversation()

    @property
    def view(self) -> Conversation:
        return self.query_one(Conversation)

    def on_conversation_copy_requested(self, message: Conversation.CopyRequested) -> None:
        self.asked.append(message)

    def on_conversation_prompt_requested(self, message: Conversation.PromptRequested) -> None:
        self.asked.append(message)

    def on_conversation_rerun_requested(self, message: Conversation.RerunRequested) -> None:
        self.asked.append(message)

    def on_conversation_edit_requested(self, message: Conversation.EditRequested) -> None:
        self.asked.append(message)

    def on_conversation_replay_requested(self, message: Conversation.ReplayRequested) -> None:
        self.replays.append(message)

    def on_conversation_link_requested(self, message: Conversation.LinkRequested) -> None:
        self.asked.append(message)


def transcript_of(*blocks: Block) -> Transcript:
    """Return a transcript that holds these blocks."""
    transcript = Transcript()
    transcript.blocks.extend(blocks)
    return transcript


def prose(text: str, block_id: str = "m1", *, finished: bool = True) -> ProseBlock:
    """Return what a model wrote."""
    return ProseBlock(block_id, 1, [text], finished)


def ran(code: str, output: bytes = b"", block_id: str = "c1") -> CodeBlock:
    """Return a proposal that ran well."""
    block = CodeBlock(block_id, 1, "python", [code], state=CodeState.FINISHED)
    block.status, block.exit_code, block.seconds = RunStatus.OK, 0, 1.25
    block.output.add(output)
    return block


def every_kind(text: str = "text 文字") -> list[Block]:
    """Return a block of every kind and state, each with `text` wherever a text goes."""
    error = ErrorInfo(ErrorKind.NETWORK, text, text, text, text)
    blocks: list[Block] = [PromptBlock("p", 1, text), prose(f"{text}\n\n{MARKDOWN}")]
    for state in CodeState:
        block = CodeBlock(f"code-{state}", 1, text, [f"{text}\n" * 20], state=state)
        block.problem, block.reason, block.detail, block.edited = text, text, text, True
        block.displays.append(Display(text, b"picture"))
        block.output.add(f"{text}\n".encode("utf-8", "replace") * 9)
        block.line = 2 if state is CodeState.RUNNING else 0
        blocks.append(block)
    for status in RunStatus:
        block = ran(text, text.encode("utf-8", "replace"), f"run-{status}")
        block.status, block.exit_code = status, None
        block.output.omitted = 5_000_000
        block.output.add(b"the tail")
        blocks.append(block)
    blocks += [NoticeBlock(f"n-{k}", 1, k, text, count=1) for k in NoticeKind]
    blocks += [NoticeBlock(f"l-{k}", 1, NoticeKind.LIMIT, limit=k) for k in Limit]
    blocks.append(NoticeBlock("e", 1, NoticeKind.ERROR, error=error))
    return blocks


def screen_of(view: Conversation) -> list[str]:
    """Return the rows that the conversation paints now."""
    height = view.page_size.height
    return [view.render_line(y).text.rstrip() for y in range(height)]


def whole_text(view: Conversation) -> str:
    """Return all rows, seen or not."""
    from oi_tui.ui.widgets.conversation_flow import Place

    return "\n".join(strip.text for _, strip in view.flow.rows(Place()))
