"""The shop brings a library for arrays to compute one average."""

VISITS = ("/ratings/7",)
NEEDS = ("numpy",)
