"""Writes what NumPy, Pillow and Matplotlib make of a small depth map to packages/depth-maps/fixtures/goldens.json."""

import base64
import io

import matplotlib
import numpy as np
from goldens_common import fixtures, output_of, write_json
from PIL import Image

HEIGHT, WIDTH = 4, 6
INTRINSICS = {"fx": 5.5, "fy": 5.25, "cx": 2.25, "cy": 1.75}


def main():
    output = output_of(__doc__, fixtures("depth-maps") / "goldens.json")
    random = np.random.default_rng(1)
    depth = random.uniform(0.5, 9.5, (HEIGHT, WIDTH)).astype(np.float32)
    depth[0, 0] = depth[2, 3] = 0
    colors = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    goldens = {
        "width": WIDTH,
        "height": HEIGHT,
        "intrinsics": INTRINSICS,
        "depth": [float(value) for value in depth.ravel()],
        "colors": colors.ravel().tolist(),
        "npy": encoded(npy(depth)),
        "depthPng": encoded(png(np.round(depth.astype(np.float64) * 1000).astype(np.uint16))),
        "plyVertices": encoded(vertices(depth, colors)),
        "colormaps": {name: encoded(table(name)) for name in ["turbo", "viridis", "magma"]},
    }
    write_json(output, goldens)
    print(f"Wrote {output}.")


def npy(depth):
    file = io.BytesIO()
    np.save(file, depth)
    return file.getvalue()


def png(values):
    file = io.BytesIO()
    Image.fromarray(values).save(file, "png")
    return file.getvalue()


def vertices(depth, colors):
    """One record for each pixel that is not a hole, as a PLY file has them."""
    rows, columns = np.nonzero(depth)
    z = depth[rows, columns].astype(np.float64)
    x = (columns - INTRINSICS["cx"]) * z / INTRINSICS["fx"]
    y = (rows - INTRINSICS["cy"]) * z / INTRINSICS["fy"]
    records = np.empty(len(z), [("position", "<f4", 3), ("color", "u1", 3)])
    records["position"] = np.stack([x, y, z], 1)
    records["color"] = colors[rows, columns]
    return records.tobytes()


def table(name):
    return np.round(matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8).tobytes()


def encoded(content):
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    main()
