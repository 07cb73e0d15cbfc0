"""Settings and places. Knows the files and the environment; knows no engine and no screen."""
