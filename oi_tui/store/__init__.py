"""Sessions on disk: one append-only journal each. Knows no engine, no model and no screen."""
