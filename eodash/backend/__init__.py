"""Where cards meet networks. Importing this package imports no torch, nor do `inert` and `apart`.

inert → weights → examine ← apart
"""
