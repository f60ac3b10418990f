"""Regression suites: lists of checks with what they must find, and a baseline of what they found."""
