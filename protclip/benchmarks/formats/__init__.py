"""Readers of public benchmark files, a module for each source's format."""
