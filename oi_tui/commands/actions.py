"""Every action that a key can trigger: its id, its default keys and where they count.

Owns the table and the rules about clashes. Knows no screen: a front end binds the ids to its own
methods, shows `title` and `help`, and lets `keymap` of the settings put other keys in place.
Key names are Textual's (`ctrl+p`, `slash`, `shift+tab`), written as plain strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oi_tui.commands.action import Action as Action
from oi_tui.commands.action import Where as Where
from oi_tui.commands.browsing_actions import browsing_actions


@dataclass(frozen=True, slots=True)
class Clash:
    """One key that would trigger two actions in the same place."""

    key: str
    first: str
    second: str


def _program() -> Iterable[Action]:
    here = Where.ANYWHERE
    yield Action("help.keys", "Help", ("f1",), here, "Show help and the keys that count now.")
    yield Action(
        "palette.open", "Command palette", ("ctrl+p",), here, "Find any command by a few letters."
    )
    yield Action(
        "model.choose",
        "Models",
        ("f2",),
        here,
        "Choose a model: of a provider, a server, or on this machine.",
    )
    yield Action(
        "settings.open",
        "Settings",
        ("f9", "ctrl+comma"),
        here,
        "Show all settings, where each comes from, and change them.",
    )


def _anywhere() -> Iterable[Action]:
    here = Where.ANYWHERE
    yield Action(
        "sidebar.toggle", "Sidebar", ("f3", "ctrl+b"), here, "Show or hide the list of sessions."
    )
    yield Action(
        "sidebar.filter",
        "Find a session",
        ("ctrl+s",),
        here,
        "Look for a session by its title or by what is in it.",
    )
    yield Action("session.new", "New session", ("ctrl+n",), here, "Start a new session.")
    yield Action(
        "approval.focus",
        "Go to what waits",
        ("f4",),
        here,
        "Go to the code, or the running program, that waits for you.",
    )
    yield Action("pane.next", "Next pane", ("f6",), here, "Move the focus to the next pane.")
    yield Action(
        "pane.previous", "Previous pane", ("shift+f6",), here, "Move the focus to the pane before."
    )
    yield Action(
        "outputs.fold", "Fold outputs", ("ctrl+o",), here, "Show outputs whole, or fold them."
    )
    yield Action(
        "editor.open",
        "Open in $EDITOR",
        ("ctrl+g",),
        here,
        "Edit the prompt or the proposed code in your own editor.",
    )
    yield Action("screen.redraw", "Redraw", ("ctrl+l",), here, "Draw the whole screen anew.")
    yield Action(
        "interrupt",
        "Stop",
        ("ctrl+c",),
        here,
        "Stop the model or the running code; copies instead while text is selected.",
    )
    yield Action("back", "Back", ("escape",), here, "Close, leave, or stop: one step at a time.")
    yield Action(
        "suspend", "Suspend", ("ctrl+z",), here, "Go back to the shell for now; fg returns here."
    )
    yield Action("quit", "Quit", ("ctrl+q",), here, "Quit; asks while something runs.")


def _prompt() -> Iterable[Action]:
    here = Where.PROMPT
    yield Action("prompt.send", "Send", ("enter",), here, "Send; while busy, queue.")
    yield Action(
        "prompt.newline",
        "New line",
        ("shift+enter", "ctrl+j", "alt+enter"),
        here,
        "Begin a new line; a backslash before Enter does the same.",
    )
    yield Action("prompt.history_previous", "Older prompt", ("up",), here, "At the first line.")
    yield Action("prompt.history_next", "Newer prompt", ("down",), here, "At the last line.")
    yield Action(
        "prompt.history_search",
        "Search prompts",
        ("ctrl+r",),
        here,
        "Search the prompts you sent before.",
    )
    yield Action(
        "prompt.complete",
        "Complete",
        ("tab",),
        here,
        "Accept the completion; without one, go to the next pane.",
    )
    yield Action(
        "prompt.undo", "Undo", ("ctrl+underscore",), here, "Undo what was typed; Ctrl+Y redoes it."
    )
    yield Action(
        "prompt.end_of_input",
        "Quit from an empty prompt",
        ("ctrl+d",),
        here,
        "Twice on an empty prompt, with nothing running, quits.",
    )
    yield Action(
        "prompt.help", "Help", ("question_mark",), here, "In an empty prompt: show help and keys."
    )


def _approval_decisions() -> Iterable[Action]:
    here = Where.APPROVAL
    yield Action("approval.run", "Run", ("y", "1"), here, "Run exactly this code, once.")
    yield Action(
        "approval.edit",
        "Edit",
        ("e",),
        here,
        "Edit the code here; Esc keeps the edit, then y runs it.",
    )
    yield Action(
        "approval.allow",
        "Allow this language",
        ("a", "2"),
        here,
        "Run it, and run this language without asking until the session ends.",
    )
    yield Action(
        "approval.reject", "Reject", ("n", "d", "4"), here, "Do not run it; the model goes on."
    )
    yield Action(
        "approval.reason",
        "Reject with reason",
        ("r",),
        here,
        "Do not run it, and tell the model why.",
    )
    yield Action(
        "approval.stop", "Reject and stop", ("escape",), here, "Do not run it, and end the turn."
    )
    yield Action(
        "approval.run_selected", "Run selection", ("x",), here, "Run only the selected lines."
    )


def _approval_view() -> Iterable[Action]:
    here = Where.APPROVAL
    yield Action(
        "approval.difference", "Difference", ("t",), here, "Show proposal, edit or difference."
    )
    yield Action("approval.full_screen", "Full screen", ("f",), here, "Give it the whole screen.")
    yield Action("approval.copy", "Copy", ("c",), here, "Copy the code.")
    yield Action("approval.why", "Why", ("i",), here, "Show what is worth a look, and why it asks.")
    yield Action("approval.scan", "Scan", ("s",), here, "In safe mode: let semgrep look at it.")
    yield Action("approval.wrap", "Wrap lines", ("w",), here, "Wrap long lines, or scroll them.")
    yield Action("approval.scroll_up", "Up", ("k", "up"), here, "Scroll up.")
    yield Action("approval.scroll_down", "Down", ("j", "down"), here, "Scroll down.")
    yield Action(
        "approval.previous",
        "Previous request",
        ("left_square_bracket",),
        here,
        "Look at the waiting request before this one.",
    )
    yield Action(
        "approval.next",
        "Next request",
        ("right_square_bracket",),
        here,
        "Look at the waiting request after this one.",
    )


def _output() -> Iterable[Action]:
    here = Where.OUTPUT
    yield Action(
        "output.type", "Type into it", ("enter", "i"), here, "Type into the running program."
    )
    yield Action(
        "output.leave",
        "Stop typing",
        ("ctrl+right_square_bracket",),
        here,
        "Stop typing into the program; Esc twice does the same.",
    )
    yield Action("output.search", "Search", ("slash",), here, "Search the output.")
    yield Action("output.search_next", "Next hit", ("n",), here, "Go to the next hit.")
    yield Action("output.search_previous", "Previous hit", ("N",), here, "Go to the hit before.")
    yield Action("output.follow", "Follow", ("end", "G"), here, "Stay at the end as it grows.")
    yield Action("output.up", "Up", ("k", "up"), here, "Scroll up.")
    yield Action("output.down", "Down", ("j", "down"), here, "Scroll down.")
    yield Action("output.page_up", "Page up", ("pageup", "b"), here, "Scroll up a page.")
    yield Action(
        "output.page_down", "Page down", ("pagedown", "space"), here, "Scroll down a page."
    )
    yield Action(
        "output.shell_previous",
        "Previous shell",
        ("left_square_bracket",),
        here,
        "Look at the output of the shell before this one.",
    )
    yield Action(
        "output.shell_next",
        "Next shell",
        ("right_square_bracket",),
        here,
        "Look at the output of the shell after this one.",
    )
    yield Action("output.top", "Top", ("home", "g"), here, "Go to the beginning.")
    yield Action("output.copy", "Copy", ("c",), here, "Copy the output.")
    yield Action("output.save", "Save", ("s",), here, "Save the output to a file.")
    yield Action(
        "output.restart", "Restart shell", ("R",), here, "Start this shell fresh; asks first."
    )


ACTIONS: tuple[Action, ...] = (
    *_program(),
    *_anywhere(),
    *_prompt(),
    *_approval_decisions(),
    *_approval_view(),
    *_output(),
    *browsing_actions(),
)
_BY_ID = {action.action_id: action for action in ACTIONS}

APPROVING = frozenset({"approval.run", "approval.allow", "approval.run_selected"})
# Keys that prose and pasted text are full of: no keymap makes them approve.
NEVER_APPROVING = frozenset({"space", "enter", "tab", "ctrl+j", "ctrl+m", "ctrl+i"})

# In these places a focused widget answers the key before the whole screen does, on purpose.
LADDER_KEYS = frozenset({"escape"})


def action(action_id: str) -> Action | None:
    """Return the action with this id, if there is one."""
    return _BY_ID.get(action_id)


def actions_for(where: Where) -> tuple[Action, ...]:
    """Return the actions of one place, in the order of the help screen."""
    return tuple(entry for entry in ACTIONS if entry.where is where)


def keys_for(action_id: str, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of an action; `keymap` (action id = keys, comma separated) goes first.

    An empty entry in `keymap` takes all keys away. An unknown action has none.
    """
    if action_id in keymap:
        refused = NEVER_APPROVING if action_id in APPROVING else frozenset()
        keys = (key.strip() for key in keymap[action_id].split(","))
        return tuple(key for key in keys if key and key not in refused)
    entry = _BY_ID.get(action_id)
    return entry.keys if entry else ()


def unknown_actions(keymap: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids in `keymap` that no action has."""
    return tuple(name for name in keymap if name not in _BY_ID)


def clashes(keymap: Mapping[str, str]) -> tuple[Clash, ...]:
    """Return each key that would mean two things at once with this `keymap`."""
    taken: dict[tuple[Where, str], str] = {}
    found = []
    for entry in ACTIONS:
        for key in keys_for(entry.action_id, keymap):
            places = (entry.where,) if key in LADDER_KEYS else (entry.where, Where.ANYWHERE)
            owner = next((taken[place, key] for place in places if (place, key) in taken), "")
            if owner and owner != entry.action_id:
                found.append(Clash(key, owner, entry.action_id))
            taken.setdefault((entry.where, key), entry.action_id)
    return tuple(found)
