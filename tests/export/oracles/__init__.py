"""Programs that read exported snapshots, as oracles of ours: memlab, and Chromium's Memory panel. For the full check."""
