"""The pages that come from the code; `python -m tests.documents.from_code` writes them."""
