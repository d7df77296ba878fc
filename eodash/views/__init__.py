"""Labelled data in, pictures out: plotly figures, folium layers, image bytes. Nothing here asks anybody anything."""
