"""The command line, a file for each command; `eodash/__main__.py` names them."""
