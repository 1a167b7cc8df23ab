"""The shop keeps whole files for the small parts it needs, and every answer for the list of the last ones."""

VISITS = ("/sales/7", "/thumbnails/3", "/sales/7")
