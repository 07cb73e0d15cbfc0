"""Puts the driver together, makes the interpreter look like a REPL, and serves runs."""
import builtins
import faulthandler
import os
import signal
import site
import sys

from . import streams
from .channel import Channel
from .display import Display
from .pictures import Pictures
from .runner import Runner
from .sampler import Sampler


class _Quitter:
    """`exit` and `quit`. Those of `site` close sys.stdin, which would break every later input()."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return "%s() ends this run; the session keeps its state" % self._name

    def __call__(self, code=None):
        raise SystemExit(code)


def main(descriptor, folder):
    """Serve runs until the interface is gone."""
    channel = Channel(descriptor)
    terminal = os.dup(1)  # outlives a run that closes or redirects descriptor 1
    streams.install()
    display = Display(channel, terminal)
    runner = Runner(channel, terminal, display, Pictures(display), Sampler)
    os.register_at_fork(after_in_child=channel.close)
    _handle_signals(runner, terminal)
    builtins.exit, builtins.quit = _Quitter("exit"), _Quitter("quit")
    _enter(folder)
    version = "%d.%d.%d" % sys.version_info[:3]
    channel.send(ev="ready", version=version, cwd=os.getcwd())
    while True:
        request = channel.receive()
        if request is None:
            os._exit(0)
        header, code = request
        if header["op"] == "run":
            runner.run(header, code)


def _handle_signals(runner, terminal):
    signal.signal(signal.SIGINT, runner.on_interrupt)
    faulthandler.enable(file=terminal, all_threads=False)  # a crash says where, with the code's own lines
    if hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGQUIT, file=terminal, all_threads=True, chain=True)


def _enter(folder):
    """Go to the person's folder and import as their REPL there would: the last thing before runs."""
    sys.argv = [""]
    sys.path.pop(0)  # this driver's own folder
    if sys.prefix == sys.base_prefix or site.check_enableusersite():
        user_site = site.getusersitepackages()
        if os.path.isdir(user_site) and user_site not in sys.path:
            site.addsitedir(user_site)
    extra = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[0:0] = [entry for entry in extra if os.path.isabs(entry)]
    try:
        os.chdir(folder)
    except OSError:
        os.chdir(os.path.expanduser("~"))
    sys.path.insert(0, "")
