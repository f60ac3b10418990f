"""The commands and their options, by what one wants: one function a command."""
