"""The questions, each once, in Ibis: what an engine adds up, and what the judgement makes of it. No engine is named here."""
