"""What the pages show: answers as facts and tables, and which question each address is."""
