"""An answer to `compare` as the files of one zip, for a bug tracker: bytes only, written by others."""
