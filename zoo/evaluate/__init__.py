"""Measures models and writes what it finds into their cards."""
