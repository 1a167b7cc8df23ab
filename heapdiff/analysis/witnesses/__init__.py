"""Who did it: what samples say of the code that allocated objects, and of the view, task or job in which it ran."""
