"""Code that can put something into a holder, and where the application is entered to reach it. From one graph alone."""
