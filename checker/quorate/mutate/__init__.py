"""Do the properties of a model notice when its text is wrong? Small changes of the text, each of them checked."""
