"""The pilot at a glance: what is stored about periods, in tables and words."""
