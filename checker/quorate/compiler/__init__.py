"""From a model's Python source to the typed intermediate representation (IR)."""
