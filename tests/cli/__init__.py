"""Tests of the command line and the composition root."""
