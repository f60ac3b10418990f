"""Everything a person or a CI sees of Quorate: the command line and the renderers of results and traces."""
