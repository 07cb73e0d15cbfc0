"""A pure fold of events into blocks: the conversation as it is shown, restored and exported.

Knows no widget, no file and no engine.
"""

from oi_tui.transcript.blocks import Block as Block
from oi_tui.transcript.blocks import CodeBlock as CodeBlock
from oi_tui.transcript.blocks import CodeState as CodeState
from oi_tui.transcript.blocks import Display as Display
from oi_tui.transcript.blocks import NoticeBlock as NoticeBlock
from oi_tui.transcript.blocks import NoticeKind as NoticeKind
from oi_tui.transcript.blocks import Output as Output
from oi_tui.transcript.blocks import PromptBlock as PromptBlock
from oi_tui.transcript.blocks import ProseBlock as ProseBlock
from oi_tui.transcript.blocks import blocks_to_rerun as blocks_to_rerun
from oi_tui.transcript.fold import Transcript as Transcript
