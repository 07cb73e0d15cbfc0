"""Matplotlib figures as pictures: a hook that waits for the library to be imported.

MPLBACKEND would do, but programs that the code starts would inherit it and fail to find the backend.
"""
import importlib.util
import io
import os
import sys
import traceback
from importlib.machinery import ModuleSpec

_BACKEND = "_oi_driver_matplotlib"
_EXPORTED = (
    "FigureCanvas", "FigureManager", "new_figure_manager", "new_figure_manager_given_figure",
    "draw_if_interactive",
)


class Pictures:
    """Shows figures through `display` when asked to, and those left open when a run ends."""

    def __init__(self, display):
        self._display = display
        self._show_open = None
        sys.meta_path.insert(0, self)

    def show_open_figures(self):
        if self._show_open is not None and "matplotlib.pyplot" in sys.modules:
            self._show_open()

    def find_spec(self, fullname, path=None, target=None):
        """Be the first finder for matplotlib, once."""
        if fullname != "matplotlib":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                try:
                    self._install(module)
                except Exception:
                    traceback.print_exc()

            spec.loader.exec_module = exec_module
        return spec

    def _install(self, matplotlib):
        if not os.environ.get("MPLBACKEND"):
            sys.meta_path.append(_BackendFinder(self))
            matplotlib.rcParams["backend"] = "module://" + _BACKEND

    def fill(self, module):
        """Make `module` a backend that draws into memory."""
        from matplotlib.backend_bases import Gcf
        from matplotlib.backends import backend_agg

        def show(*_arguments, **_options):
            for manager in Gcf.get_all_fig_managers():
                buffer = io.BytesIO()
                manager.canvas.figure.savefig(buffer, format="png", bbox_inches="tight")
                self._display.show("image/png", buffer.getvalue())
            Gcf.destroy_all()

        @backend_agg._Backend.export
        class Backend(backend_agg._BackendAgg):
            pass

        for name in _EXPORTED:
            if hasattr(Backend, name):
                setattr(module, name, getattr(Backend, name))
        module.show = Backend.show = self._show_open = show


class _BackendFinder:
    def __init__(self, pictures):
        self._pictures = pictures

    def find_spec(self, fullname, path=None, target=None):
        return ModuleSpec(fullname, self) if fullname == _BACKEND else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self._pictures.fill(module)
