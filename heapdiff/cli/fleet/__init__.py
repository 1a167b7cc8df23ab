"""`heapdiff fleet`: a file for each command, and what their options and answers have in common."""
