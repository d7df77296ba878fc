"""A catalogue on loopback: a STAC API, files and faults on command, in processes of their own."""
