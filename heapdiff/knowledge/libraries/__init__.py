"""What is known of libraries: how each grows in a server, and what a user of it can do. A file per subject."""
