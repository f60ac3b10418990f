"""The search: the store of states, levels, budgets, verdicts, and traces replayed natively."""
