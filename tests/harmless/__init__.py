"""What others notice of an armed process: scripts that show an effect, and how often."""
