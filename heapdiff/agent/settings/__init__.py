"""What the agent is told: arguments, configuration, environment. Touches no file."""
