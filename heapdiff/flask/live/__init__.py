"""The live page: what a worker holds now and what grew, for whoever has the token, or on the developer's own machine."""
