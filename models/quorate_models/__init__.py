"""Protocols, a file each, with their broken variants beside them."""
