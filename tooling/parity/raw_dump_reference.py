"""What becomes of the raw dump's files: putting depth and color together by time, and projecting depth into the color camera. In NumPy, from
the formulas and constants of the data set's own toolbox; what packages/nyu does is compared with it."""

import re

import numpy as np

CAMERA = {
    "color": {"f": (518.85790117450188, 519.46961112127485), "c": (325.58244941119034, 253.73616633400465)},
    "depth": {"f": (582.62448167737955, 582.69103270988637), "c": (313.04475870804731, 238.44389626620386)},
}
CAMERA["color"]["k"] = (0.20796615318809061, -0.58613825163911781, 7.2231363135888329e-4, 1.0479627195765181e-3, 0.49856986684705107)
CAMERA["depth"]["k"] = (-0.099897236553084481, 0.39065324602765344, 1.9290592870229277e-3, -1.9422022475975055e-3, -0.51031725053400578)
LISTED_ROTATION = np.array(
    [
        [9.9997798940829263e-01, 5.0518419386157446e-03, 4.3011152014118693e-03],
        [-5.0359919480810989e-03, 9.9998051861143999e-01, -3.6879781309514218e-03],
        [-4.3196624923060242e-03, 3.6662365748484798e-03, 9.9998394948385538e-01],
    ]
)
TRANSLATION = np.array([0.025031875059141302, -2.9342312935846411e-4, 6.6238747008330102e-4])


def read_netpbm(path):
    kind, width, height, _, payload = re.match(rb"(P[56])\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", path.read_bytes(), re.DOTALL).groups()
    if kind == b"P5":
        return np.frombuffer(payload, "<u2").reshape(int(height), int(width))
    return np.frombuffer(payload, np.uint8).reshape(int(height), int(width), 3)


def synchronize(names):
    depths, colors = (sorted(name for name in names if name.startswith(letter)) for letter in "dr")
    time = lambda name: float(name.split("-")[1])  # noqa: E731
    pairs, pointer = [], 0
    for depth in depths:
        while pointer + 1 < len(colors) and abs(time(depth) - time(colors[pointer + 1])) <= abs(time(depth) - time(colors[pointer])):
            pointer += 1
        pairs.append([depth, colors[pointer]])
    return pairs


def project(values, color):
    height, width = values.shape
    undistorted_color = np.stack([undistort(color[..., channel].astype(float), "color") for channel in range(3)], -1)
    noise = undistort(255.0 * (values == values.max()), "depth") > 0
    undistorted = undistort_depth(values.astype(float), noise)
    undistorted[undistorted < 600] = 2047
    undistorted[noise] = 2047
    metres = np.clip(351.3 / (1092.5 - undistorted), None, 10)
    metres[metres < 0] = 0
    focal, center, _ = intrinsics("depth", width, base=1)
    u, v = np.meshgrid(np.arange(1, width + 1), np.arange(1, height + 1))
    points = np.stack([(u - center[0]) * metres / focal[0], (v - center[1]) * metres / focal[1], metres], 0).reshape(3, -1)
    moved = np.linalg.inv(-LISTED_ROTATION) @ points + TRANSLATION[:, None]
    focal, center, _ = intrinsics("color", width, base=1)
    with np.errstate(all="ignore"):
        projected_u = np.floor(moved[0] * focal[0] / moved[2] + center[0] + 0.5)
        projected_v = np.floor(moved[1] * focal[1] / moved[2] + center[1] + 0.5)
    inside = (projected_u > 0) & (projected_u < width) & (projected_v > 0) & (projected_v < height) & (metres.ravel() > 0)
    order = np.flatnonzero(inside)[np.argsort(-metres.ravel()[inside], kind="stable")]
    result = np.zeros((height, width))
    for index in order:
        result[int(projected_v[index]) - 1, int(projected_u[index]) - 1] = metres.ravel()[index]
    return result, np.clip(np.floor(undistorted_color + 0.5), 0, 255).astype(np.uint8)


def intrinsics(camera, width, base):
    """The center in pixels counted from `base`. At another width than 640 the whole sensor is scaled."""
    scale = width / 640
    center = [(value - base + 0.5) * scale - 0.5 + base for value in CAMERA[camera]["c"]]
    return [value * scale for value in CAMERA[camera]["f"]], center, CAMERA[camera]["k"]


def undistort(values, camera):
    """`rect` of the calibration toolbox, which the data set's toolbox calls: bilinear, and 255 where the pixel lies outside."""
    inside, places, weights = sources(values.shape, camera)
    mixed = sum(weight * values[place] for place, weight in zip(places, weights, strict=True))
    return np.where(inside, mixed, 255.0)


def undistort_depth(values, noise):
    """The same for depth. `noise` is the mask after its own undistortion, so outside is noise: a source counts if this mask does not have it at
    the source's place, and the weights of those that count are divided by their sum. Where none counts, and outside, the value is 0."""
    inside, places, weights = sources(values.shape, "depth")
    counted = [np.where(noise[place], 0.0, weight) for place, weight in zip(places, weights, strict=True)]
    total = sum(counted)
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    mixed = sum(share * weight * values[place] for place, weight in zip(places, counted, strict=True))
    return np.where(inside, mixed, 0.0)


def sources(shape, camera):
    """For each pixel whether its place in the distorted image lies inside, the four pixels around that place, and their weights. The toolbox
    counts pixels from 0 here."""
    height, width = shape
    focal, center, (k1, k2, p1, p2, k3) = intrinsics(camera, width, base=0)
    u, v = np.meshgrid(np.arange(width), np.arange(height))
    x, y = (u - center[0]) / focal[0], (v - center[1]) / focal[1]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    distorted_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    distorted_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    source_u, source_v = distorted_x * focal[0] + center[0], distorted_y * focal[1] + center[1]
    left, top = np.floor(source_u).astype(int), np.floor(source_v).astype(int)
    inside = (left >= 0) & (left <= width - 2) & (top >= 0) & (top <= height - 2)
    left, top = np.where(inside, left, 0), np.where(inside, top, 0)
    a, b = source_u - left, source_v - top
    places = [(top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)]
    return inside, places, [(1 - b) * (1 - a), (1 - b) * a, b * (1 - a), b * a]
