"""What changed between two dates: a pair is made similar, measured, thresholded, cleaned. One method, one file.

    pair → normalise → season → magnitude (cva, pca_kmeans, mad) → threshold, floor → post → Detected

`chain.detect(pair, settings)` does all of it; `scored` holds it against truth; `breaks` dates change in a whole series.
"""
