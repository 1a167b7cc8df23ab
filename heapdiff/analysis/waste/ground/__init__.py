"""What all rules stand on: the process and its heap, what a block really takes, who keeps objects, how a finding is made."""
