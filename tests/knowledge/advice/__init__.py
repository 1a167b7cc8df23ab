"""What advice is based on."""
