"""IR → z3: the encoding, induction, bounded search, lemma search, audit."""
