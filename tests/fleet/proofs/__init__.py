"""What the fleet's questions must answer of a simulated fleet, and how it is asked."""
