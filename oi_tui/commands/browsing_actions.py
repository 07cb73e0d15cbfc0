"""The actions of the places where one looks around: the list of sessions and the conversation."""

from __future__ import annotations

from collections.abc import Iterable

from oi_tui.commands.action import Action, Where


def browsing_actions() -> Iterable[Action]:
    """Yield them in the order of the help."""
    yield from _sidebar_list()
    yield from _sidebar_errands()
    yield from _blocks()
    yield from _conversation()


def _sidebar_list() -> Iterable[Action]:
    here = Where.SIDEBAR
    yield Action(
        "sidebar.open", "Open", ("enter",), here, "Open this session; at a hit, go to its block."
    )
    yield Action(
        "sidebar.search", "Filter", ("slash",), here, "Look for words in titles and in all texts."
    )
    yield Action(
        "sidebar.preview",
        "Look into it",
        ("space", "v"),
        here,
        "Show the session under the cursor without opening it.",
    )
    yield Action(
        "sidebar.scope",
        "Folders",
        ("o", "full_stop"),
        here,
        "Sessions of all folders, or this one.",
    )
    yield Action("sidebar.up", "Up", ("k", "up"), here, "Go to the session above.")
    yield Action("sidebar.down", "Down", ("j", "down"), here, "Go to the session below.")
    yield Action("sidebar.page_up", "Page up", ("pageup",), here, "Go up a page.")
    yield Action("sidebar.page_down", "Page down", ("pagedown",), here, "Go down a page.")
    yield Action(
        "sidebar.leave",
        "Back",
        ("escape",),
        here,
        "Leave the preview, then the filter, then the list.",
    )


def _sidebar_errands() -> Iterable[Action]:
    here = Where.SIDEBAR
    yield Action("sidebar.new", "New", ("n",), here, "Start a new session.")
    yield Action("sidebar.rename", "Rename", ("r",), here, "Give this session another title.")
    yield Action("sidebar.pin", "Pin", ("p",), here, "Keep this session on top, or no longer.")
    yield Action(
        "sidebar.branch", "Branch", ("b",), here, "Go on from a copy; this session stays as it is."
    )
    yield Action(
        "sidebar.export", "Export", ("e",), here, "Write this session to a file of your choice."
    )
    yield Action(
        "sidebar.delete",
        "Delete",
        ("d", "delete"),
        here,
        "Twice: delete this session; the one on the screen asks first.",
    )
    yield Action("sidebar.undo", "Undo", ("u",), here, "Take back what was deleted last.")
    yield Action("sidebar.copy_id", "Copy id", ("c",), here, "Copy the id of this session.")


def _blocks() -> Iterable[Action]:
    here = Where.CONVERSATION
    yield Action(
        "block.previous",
        "Previous block",
        ("alt+up",),
        Where.ANYWHERE,
        "Put the cursor on the block above, from the prompt too.",
    )
    yield Action(
        "block.next",
        "Next block",
        ("alt+down",),
        Where.ANYWHERE,
        "Put the cursor on the block below, from the prompt too.",
    )
    yield Action("block.copy", "Copy", ("c",), here, "Copy this block.")
    yield Action("block.rerun", "Run again", ("r",), here, "Propose this code once more; it asks.")
    yield Action("block.branch", "Branch", ("b",), here, "Go on from this block in a new session.")
    yield Action("block.edit", "Edit and run", ("e",), here, "Change this code and propose it.")
    yield Action("block.to_prompt", "To the prompt", ("p",), here, "Copy this block to the prompt.")
    yield Action("block.fold", "Fold", ("enter", "o"), here, "Show this block whole, or fold it.")


def _conversation() -> Iterable[Action]:
    here = Where.CONVERSATION
    yield Action("block.up", "Up", ("k", "up"), here, "Go to the block above.")
    yield Action("block.down", "Down", ("j", "down"), here, "Go to the block below.")
    yield Action("block.search", "Search", ("slash",), here, "Search the conversation.")
    yield Action("block.search_next", "Next hit", ("n",), here, "Go to the next hit, upwards.")
    yield Action("block.search_previous", "Hit before", ("N",), here, "Go to the hit before.")
    yield Action("block.link", "Open a link", ("l",), here, "Open the next link; asks first.")
    yield Action("block.first", "Beginning", ("home", "g"), here, "Go to the beginning.")
    yield Action("block.last", "End", ("end", "G"), here, "Go to the end and stay there.")
    yield Action("block.page_up", "Page up", ("pageup",), here, "Scroll up a page.")
    yield Action("block.page_down", "Page down", ("pagedown",), here, "Scroll down a page.")
