"""Measurements of the running app and of the training: python -m benchmarks.NAME [--json FILE]."""
