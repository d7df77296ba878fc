"""eodash: look at what a time-series model sees.

    request → sources → cube → preparation → views, export → ui → pages
       ↑      ↑     ↑     ↓         ↑
     areas  world files  store, jobs  doctor, preprocess, choice

A request (an area, a period, a source) becomes a cube, a cube becomes pictures and files for others. Each stage works
without the next one, in a notebook, in four lines. Read the files in that order.
"""

__version__ = "0.1.0"
