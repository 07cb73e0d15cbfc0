"""Tests of the guardian and of ending process trees."""
