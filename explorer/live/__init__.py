"""What must follow the finger runs in the browser: components in plain JavaScript, mounted from Python.

`latent_map.latent_map` shows points, `draw_canvas.draw_canvas` takes a drawing, `sprites.SpriteSheet` has the
thumbnails; `join.py` makes one string of a component's modules in `js/`, `pack.py` bytes of its data.
"""
