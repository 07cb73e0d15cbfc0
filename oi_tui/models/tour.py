"""The guided tour: a script that leads through approve, edit, reject, typing and a picture.

Owns words and code of the tour. Each reply looks at what really happened before (the code is run
by real shells on the person's machine) and says so.
"""

from __future__ import annotations

from oi_tui.models.base import ChatRequest, ModelFacts
from oi_tui.models.scripted import Proposal, Reply, ScriptedModel
from oi_tui.protocol.items import Role
from oi_tui.text.translation import tr

MODEL_NAME = "tour"
CHUNK = 6  # characters that appear at once
PACE = 0.012  # seconds between them: about as fast as a brisk reader

LOOK = """\
import importlib.util
import platform

print("Python", platform.python_version(), "on", platform.system())
plots = importlib.util.find_spec("matplotlib") is not None
print("matplotlib:", "yes" if plots else "no")
"""
EDIT = """\
name = "world"
print(f"Hello, {name}!")
"""
REJECT = """\
rm -rf ./a-folder-that-nobody-has
"""
ASK = """\
answer = input("What is six times seven? ")
print("Right!" if answer.strip() == "42" else f"Hm, {answer} is not what I get.")
"""
PLOT = """\
import math
import matplotlib.pyplot as plt

xs = [x / 20 for x in range(200)]
plt.plot(xs, [math.sin(x) * math.exp(-x / 6) for x in xs])
plt.title("A wave that calms down")
plt.show()
"""
DRAW = """\
import math
import shutil

ROWS, COLUMNS = 6, min(48, shutil.get_terminal_size().columns - 1)
for row in range(ROWS, -ROWS - 1, -1):
    line = ""
    for column in range(COLUMNS):
        x = column * 10 / COLUMNS
        height = 1.25 * ROWS * math.sin(x) * math.exp(-x / 6)
        line += "\\033[36m█\\033[0m" if abs(height - row) < 0.7 else ("─" if row == 0 else " ")
    print(line)
"""


def tour_model() -> ScriptedModel:
    """Return a model that plays the tour from its first prompt on."""
    return ScriptedModel(
        [_look, _edit, _reject, _ask, _plot, _end],
        facts=ModelFacts(context_window=32_000, calls_tools=True),
    )


def _reply(*parts: str | Proposal) -> Reply:
    return Reply(parts, chunk=CHUNK, pace=PACE)


def _look(request: ChatRequest) -> Reply:
    del request
    return _reply(
        tr(
            "Welcome! This is a **guided tour**: I am a script, no language model, and nothing "
            "leaves this computer. The code, though, is real, and so are the shells it runs in.\n\n"
            "Everything I want to run appears on the right first. Look at it, and press **y** to "
            "run it. (Nothing happens in the first half second, so that typing never approves.)\n"
        ),
        Proposal("python", LOOK),
    )


def _edit(request: ChatRequest) -> Reply:
    said = _last_result(request)
    seen = (
        tr("It ran: the output is on the right, and a short form of it in the card above.")
        if "Python" in said
        else tr("You did not run it. That is always fine: I am told, and go on.")
    )
    return _reply(
        seen + "\n\n",
        tr(
            "Next: **change** what I propose. Press **e**, put your own name between the quotes, "
            "press **Esc** to keep the edit, then **y**. Only what you see then will run.\n"
        ),
        Proposal("python", EDIT),
    )


def _reject(request: ChatRequest) -> Reply:
    said = _last_result(request)
    if "Hello, world!" in said:
        seen = tr("It ran as I wrote it. You can edit any proposal another time.")
    elif "Hello" in said:
        seen = tr("Your own version ran, and I was told what you changed.")
    else:
        seen = tr("Not run. Good to know that you can.")
    return _reply(
        seen + "\n\n",
        tr(
            "Models make mistakes. This one you should **reject**: press **n**, and I go "
            "on, or **r** to tell me why. (**Esc** would also end the turn.)\n"
        ),
        Proposal("bash", REJECT),
    )


def _ask(request: ChatRequest) -> Reply:
    del request
    return _reply(
        tr(
            "Programs may ask **you** something. Press **y**; when it waits, **F4** lets you "
            "type into the program, and **Enter** sends the line.\n"
        ),
        Proposal("python", ASK),
    )


def _plot(request: ChatRequest) -> Reply:
    can_plot = any("matplotlib: yes" in message.text for message in request.messages)
    words = (
        tr("Last, a picture: your Python has matplotlib, so here is a real plot.\n")
        if can_plot
        else tr("Last, a picture: your Python has no matplotlib, so it is drawn with characters.\n")
    )
    return _reply(words, Proposal("python", PLOT if can_plot else DRAW))


def _end(request: ChatRequest) -> Reply:
    del request
    return _reply(
        tr(
            "That is all you need:\n\n"
            "- **y** run, **e** edit, **n** reject, **r** reject with a reason, **Esc** stop\n"
            "- **Ctrl+C** stops whatever is going on, **F6** goes from pane to pane\n"
            "- **F1** shows every key, **Ctrl+P** every command\n\n"
            "`%model` chooses a real model whenever you like.\n"
        )
    )


def _last_result(request: ChatRequest) -> str:
    results = [m.text for m in request.messages if m.role in (Role.TOOL, Role.USER)]
    return results[-1] if results else ""
