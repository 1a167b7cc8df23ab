"""What commands that compare snapshots share, and the bundle of an answer."""
