"""The language that models are written in, and its native semantics."""
