"""Line by line in development: what each line of a function allocates, and what of that is still there afterwards."""
