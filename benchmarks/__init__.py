"""Measured on a filled database, beside the floor of the same machine: `./dop bench`."""
