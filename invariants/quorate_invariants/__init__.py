"""Properties and lemmas, a file for each family of protocols."""
