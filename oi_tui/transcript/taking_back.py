"""Marks blocks that are no longer part of the conversation, and unmarks what is put back.

Owns the stack of what an undo took, so that a redo gives back just that. Knows no event.
"""

from __future__ import annotations

from oi_tui.transcript.blocks import Block, NoticeBlock, NoticeKind, PromptBlock

# Notices about the session, not about what a turn did.
_LASTING = (
    NoticeKind.REOPENED,
    NoticeKind.HISTORY,
    NoticeKind.COMPACTED,
    NoticeKind.MODEL,
    NoticeKind.AUTO_RUN,
    NoticeKind.IMPORTED,
    NoticeKind.BRANCHED,
)


class TakingBack:
    """Works on the blocks of one transcript."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks
        self._taken: list[list[Block]] = []

    def undo(self) -> None:
        """Take back the last prompt that counts, and what came after it."""
        places = self._prompts()
        if places:
            self._taken.append(self._mark(places[-1]))

    def redo(self) -> None:
        """Put back what was taken back last."""
        for block in self._taken.pop() if self._taken else ():
            block.undone = False

    def settle(self) -> None:
        """From now on nothing can be put back."""
        self._taken.clear()

    def keep_prompts(self, count: int) -> None:
        """Take back everything from the prompt after the first `count` on, for good."""
        self.settle()
        places = self._prompts()
        if count == 0:
            self._mark(0)
        elif count < len(places):
            self._mark(places[count])

    def restore(self) -> None:
        """Take back the last compaction that counts."""
        for block in self._compactions()[-1:]:
            block.undone = True

    def forget_compactions(self) -> None:
        """Take back all compactions: the history is another one."""
        for block in self._compactions():
            block.undone = True

    def _compactions(self) -> list[NoticeBlock]:
        return [
            block
            for block in self._blocks
            if isinstance(block, NoticeBlock)
            and block.kind is NoticeKind.COMPACTED
            and not block.undone
        ]

    def _prompts(self) -> list[int]:
        return [
            place
            for place, block in enumerate(self._blocks)
            if isinstance(block, PromptBlock) and not block.undone
        ]

    def _mark(self, start: int) -> list[Block]:
        marked = [block for block in self._blocks[start:] if not block.undone and _counts(block)]
        for block in marked:
            block.undone = True
        return marked


def _counts(block: Block) -> bool:
    return not (isinstance(block, NoticeBlock) and block.kind in _LASTING)
