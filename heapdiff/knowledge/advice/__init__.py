"""What advice is based on, as data: amounts from which something is worth a headline, and what is known of libraries."""
