"""The parts of the Python session driver. See `__main__` beside this package."""
