"""The other questions: why, picture, tree, inventory, newcomers."""
