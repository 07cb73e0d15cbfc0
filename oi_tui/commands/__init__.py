"""What a person can ask for by name or by key: tables and parsers, without doing any of it."""
