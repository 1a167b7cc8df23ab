"""What this process runs and where: its release, service, environment and pod. Runs no program and no code of the application."""
