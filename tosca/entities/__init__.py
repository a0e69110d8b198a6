"""The entities of the language as they are written: one file each, keynames declared as data."""
