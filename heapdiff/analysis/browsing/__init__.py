"""What somebody who looks around asks again and again: pages of types, objects, references and dominators, each at once."""
