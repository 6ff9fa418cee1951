"""Numbers to Plotly figures; the only place that imports plotly. Colours work in both themes."""
