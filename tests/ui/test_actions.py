"""Every action of the table does something somewhere, and every widget's own keys are real."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from oi_tui.commands.actions import ACTIONS, Where, actions_for
from oi_tui.ui.app import OiApp
from oi_tui.ui.screens.main import MainScreen
from oi_tui.ui.widgets import approval_panel, completion, prompt
from oi_tui.ui.widgets.conversation import Conversation
from oi_tui.ui.widgets.output_stage import OutputStage
from oi_tui.ui.widgets.output_terminal import OutputTerminal
from oi_tui.ui.widgets.output_typing import TypingField
from oi_tui.ui.widgets.output_view import OutputView
from oi_tui.ui.widgets.sidebar import Sidebar

BOUND: tuple[type[DOMNode], ...] = (
    OiApp,
    MainScreen,
    Conversation,
    OutputView,
    OutputStage,
    OutputTerminal,
    TypingField,
    Sidebar,
)


def bindings_of(node: type[DOMNode]) -> Iterator[Binding]:
    for binding in node.BINDINGS:
        assert isinstance(binding, Binding)
        if binding.id:
            yield binding


def ids_of_bindings() -> set[str]:
    return {binding.id or "" for node in BOUND for binding in bindings_of(node)}


def ids_of_prompt() -> set[str]:
    return set(prompt.Prompt({}, completion.Completion())._actions)


def ids_of_approval() -> set[str]:
    """The panel matches ids in its code: those are the ones it acts on."""
    tree = ast.parse(inspect.getsource(approval_panel))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and text.startswith("approval.")}


@pytest.mark.parametrize("action_id", [entry.action_id for entry in ACTIONS])
def test_every_action_is_bound(action_id: str) -> None:
    assert action_id in ids_of_bindings() | ids_of_prompt() | ids_of_approval()


@pytest.mark.parametrize("node", BOUND)
def test_every_binding_has_a_method(node: type[DOMNode]) -> None:
    for binding in bindings_of(node):
        name = binding.action.partition("(")[0]
        assert hasattr(node, f"action_{name}"), binding


def test_the_prompt_and_the_panel_know_no_action_that_is_not_in_the_table() -> None:
    assert ids_of_prompt() == {entry.action_id for entry in actions_for(Where.PROMPT)}
    own = {approval_panel.SURE}
    assert ids_of_approval() - own <= {entry.action_id for entry in ACTIONS}
