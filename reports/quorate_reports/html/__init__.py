"""Pages for a browser: the report of a check in one file, and the explorer's."""
