"""Why something is so: explanations of verdicts in the model's own words."""
