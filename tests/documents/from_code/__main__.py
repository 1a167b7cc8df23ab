"""Write each page anew."""

from tests.documents.from_code.pages import GENERATED

for page, render in GENERATED.items():
    page.write_text(render(), "utf-8")
