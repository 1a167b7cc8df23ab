"""`heapdiff view`: snapshots in a browser, on this machine alone. Pages and server; what they show, `analysis` answers."""
