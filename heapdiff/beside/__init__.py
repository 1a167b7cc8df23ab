"""Fresh processes for one piece of work each: bounded, and first to go. This process gains nothing of what they load."""
