"""What our web pages have in common, the live page's and the viewer's: looks, headers, and whose page may ask. Needs Flask."""
