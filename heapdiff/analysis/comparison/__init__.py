"""The answer to compare: suspects, types, memory, garbage, verdict."""
