"""The whole program in a real terminal: guardian, screen, engine, shells and journal."""
