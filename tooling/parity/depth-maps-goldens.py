"""What NumPy, Pillow and Matplotlib make of a small depth map, and its points by the pinhole formulas, for the tests of
@llm-mde/depth-maps. Needs matplotlib besides requirements.txt.

    python depth-maps-goldens.py
"""
import base64
import io
import json
import pathlib

import matplotlib
import numpy as np
from PIL import Image

HEIGHT, WIDTH = 4, 6
FOLDER = pathlib.Path(__file__).parent / '../../packages/depth-maps/fixtures'
INTRINSICS = {'fx': 5.5, 'fy': 5.25, 'cx': 2.25, 'cy': 1.75}

random = np.random.default_rng(1)
depth = random.uniform(0.5, 9.5, (HEIGHT, WIDTH)).astype(np.float32)
depth[0, 0] = depth[2, 3] = 0
colours = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def encoded(content):
    return base64.b64encode(content).decode()


def npy():
    file = io.BytesIO()
    np.save(file, depth)
    return file.getvalue()


def png(values):
    file = io.BytesIO()
    Image.fromarray(values).save(file, 'png')
    return file.getvalue()


def vertices():
    """One record for each pixel that is not a hole, as a PLY file has them."""
    rows, columns = np.nonzero(depth)
    z = depth[rows, columns].astype(np.float64)
    records = np.empty(len(z), [('position', '<f4', 3), ('colour', 'u1', 3)])
    records['position'] = np.stack(
        [
            (columns - INTRINSICS['cx']) * z / INTRINSICS['fx'],
            (rows - INTRINSICS['cy']) * z / INTRINSICS['fy'],
            z,
        ],
        1,
    )
    records['colour'] = colours[rows, columns]
    return records.tobytes()


goldens = {
    'width': WIDTH,
    'height': HEIGHT,
    'intrinsics': INTRINSICS,
    'depth': [float(value) for value in depth.ravel()],
    'colours': colours.ravel().tolist(),
    'npy': encoded(npy()),
    'depthPng': encoded(png(np.round(depth.astype(np.float64) * 1000).astype(np.uint16))),
    'plyVertices': encoded(vertices()),
    'colourMaps': {
        name: encoded(np.round(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8).tobytes())
        for name in ['turbo', 'viridis', 'magma']
    },
}
FOLDER.mkdir(exist_ok=True)
(FOLDER / 'goldens.json').write_text(json.dumps(goldens) + '\n')
