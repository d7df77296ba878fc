"""Recipes that make the weights: `python -m eodash train`. Importing this package imports no torch.

recipe → feeding → augment → losses → loop (scoring, checkpoint) → carding
"""
