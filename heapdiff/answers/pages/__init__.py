"""What pages for a browser show: one snapshot looked around in, the owner map, a whole report."""
