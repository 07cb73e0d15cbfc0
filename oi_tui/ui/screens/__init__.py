"""The screens: each a layout, its wiring and its style sheet."""
