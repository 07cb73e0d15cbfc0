"""The model loop: what is said, asked, run and remembered. Knows no widget, file or provider."""
