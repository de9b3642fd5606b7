"""The Python half of rooms-interchange.mjs: reads every file that it wrote with h5py, scipy, tarfile and Pillow, compares with the arrays that
were written, and ends with an error at the first difference.

    python rooms-interchange.py FOLDER
"""

import io
import json
import sys
import tarfile
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from PIL import Image
from raw_dump_reference import project, read_netpbm, synchronize


def main():
    folder = Path(sys.argv[1])
    expected = json.loads((folder / "expected.json").read_text())
    check_labeled(folder / "nyu_depth_v2_labeled.mat", folder, expected, len(expected["frames"]))
    check_labeled(folder / "uncompressed.mat", folder, expected, 3)
    check_splits(folder / "splits.mat", expected["splits"])
    check_sync(folder, expected)
    check_shards(folder, expected)
    check_raw_dump(folder / "raw", "living_room_0000")
    check_noise(folder / "raw-noisy" / "kitchen_0000")
    for dump in ("raw", "raw-noisy"):
        check_projections(folder / dump, folder / f"{dump}-projected")
    print("Python reads back what was written, in every format.")


def frame(folder, expected, place):
    shape = expected["height"], expected["width"]
    read = lambda name, dtype: np.fromfile(folder / "expected" / f"{place}.{name}", dtype)  # noqa: E731
    return (
        read("rgb", np.uint8).reshape(*shape, 3),
        read("depth", np.float32).reshape(shape),
        read("raw", np.float32).reshape(shape),
    )


def check_labeled(path, folder, expected, count):
    head = path.read_bytes()[:512]
    assert head.startswith(b"MATLAB 7.3 MAT-file") and head[124:128] == b"\x00\x02IM", head[:128]
    with h5py.File(path) as file:
        assert file.userblock_size == 512
        assert set(file) == {"#refs#", "depths", "images", "rawDepths", "sceneTypes", "scenes"}, set(file)
        assert file["images"].shape == (count, 3, expected["width"], expected["height"])
        assert file["images"].dtype == np.uint8 and file["depths"].dtype == np.float32
        assert file["images"].attrs["MATLAB_class"] == b"uint8" and file["scenes"].attrs["MATLAB_class"] == b"cell"
        assert file["scenes"].shape == (1, count) and file["scenes"].dtype == h5py.ref_dtype
        for place in range(count):
            rgb, depth, raw = frame(folder, expected, place)
            np.testing.assert_array_equal(file["images"][place].transpose(2, 1, 0), rgb)
            np.testing.assert_array_equal(file["depths"][place].T, depth)
            np.testing.assert_array_equal(file["rawDepths"][place].T, raw)
            for name, key in [("scenes", "scene"), ("sceneTypes", "sceneType")]:
                characters = file[file[name][0, place]]
                assert characters.attrs["MATLAB_class"] == b"char" and characters.dtype == np.uint16
                assert "".join(chr(code) for code in characters[:, 0]) == expected["frames"][place][key]
    print(f"{path.name}: {count} frames")


def check_splits(path, splits):
    mat = scipy.io.loadmat(path)
    for name, key in [("trainNdxs", "train"), ("testNdxs", "test")]:
        assert mat[name].dtype == np.uint16 and mat[name].shape == (len(splits[key]), 1)
        np.testing.assert_array_equal(mat[name][:, 0] - 1, splits[key])
    print(f"{path.name}: {len(splits['train'])} train, {len(splits['test'])} test")


def check_sync(folder, expected):
    place = 0
    for part, count in [("train", 12), ("test", 8)]:
        text = (folder / "sync" / f"nyudepthv2_{part}_files_with_gt.txt").read_text()
        assert not text.endswith("\n")
        lines = text.split("\n")
        assert len(lines) == count
        for line in lines:
            rgb_path, depth_path, focal = line.split()
            assert rgb_path.startswith("/") == (part == "train")
            assert abs(float(focal) - 518.8579 * expected["width"] / 640) < 1e-4
            rgb, _, raw = frame(folder, expected, place)
            png = Image.open(folder / "sync" / depth_path.lstrip("/"))
            assert png.mode in ("I;16", "I"), png.mode
            np.testing.assert_array_equal(np.asarray(png), np.trunc(raw.astype(np.float64) * 1000))
            jpeg = np.asarray(Image.open(folder / "sync" / rgb_path.lstrip("/"))).astype(int)
            assert np.abs(jpeg - rgb).mean() < 4, np.abs(jpeg - rgb).mean()
            place += 1
    print(f"sync folder: {place} frames")


def check_shards(folder, expected):
    seen = 0
    for shard, count in [(0, 4), (1, 4), (2, 2)]:
        with tarfile.open(folder / "shards" / f"train-{shard:06}.tar") as archive:
            members = archive.getmembers()
            assert len(members) == count
            for member in members:
                check_frame_file(io.BytesIO(archive.extractfile(member).read()), folder, expected, seen)
                seen += 1
    for place in range(2):
        check_frame_file(folder / "shards" / "val" / "official" / f"{place + 1:05}.h5", folder, expected, place)
    print(f"shards: {seen} frames")


def check_frame_file(source, folder, expected, place):
    rgb, depth, _ = frame(folder, expected, place)
    with h5py.File(source) as file:
        assert file["rgb"].dtype == np.uint8 and file["depth"].dtype == np.float32
        np.testing.assert_array_equal(np.asarray(file["rgb"]).transpose(1, 2, 0), rgb)
        np.testing.assert_array_equal(np.asarray(file["depth"]), depth)


# Constants of NYU's toolbox, which counts pixels from 1.
COLOR = dict(fx=518.85790117450188, fy=519.46961112127485, cx=325.58244941119034, cy=253.73616633400465)
DEPTH = dict(fx=582.62448167737955, fy=582.69103270988637, cx=313.04475870804731, cy=238.44389626620386)
DEPTH_LENS = (-0.099897236553084481, 0.39065324602765344, 1.9290592870229277e-3, -1.9422022475975055e-3, -0.51031725053400578)
COLOR_LENS = (0.20796615318809061, -0.58613825163911781, 7.2231363135888329e-4, 1.0479627195765181e-3, 0.49856986684705107)
ROTATION = np.array(
    [
        [9.9997798940829263e-01, 5.0518419386157446e-03, 4.3011152014118693e-03],
        [-5.0359919480810989e-03, 9.9998051861143999e-01, -3.6879781309514218e-03],
        [-4.3196624923060242e-03, 3.6662365748484798e-03, 9.9998394948385538e-01],
    ]
)
TRANSLATION = np.array([2.5031875059141302e-02, -2.9342312935846411e-04, 6.6238747008330102e-04])


def check_raw_dump(folder, scene):
    """Projects a depth map into the color camera by the toolbox's steps, and looks whether its edges lie on the color image's.

    The edges are compared by rank: a shift of the projected depth by a few pixels in any direction must lower the agreement.
    """
    depth_path = sorted((folder / scene).glob("d-*.pgm"))[0]
    image_path = nearest(depth_path, sorted((folder / scene).glob("r-*.ppm")))
    data = depth_path.read_bytes()
    header = b"P5\n640 480\n65535\n"
    assert data.startswith(header) and len(data) == len(header) + 640 * 480 * 2
    readings = np.frombuffer(data[len(header) :], "<u2").reshape(480, 640)
    assert readings.max() <= 2047 and np.median(readings) > 600
    metres = 351.3 / (1092.5 - undistorted(readings.astype(float), DEPTH, DEPTH_LENS))
    rows, columns = np.mgrid[1:481, 1:641]
    points = np.stack(
        [(columns - DEPTH["cx"]) * metres / DEPTH["fx"], (rows - DEPTH["cy"]) * metres / DEPTH["fy"], metres], -1
    ).reshape(-1, 3)
    moved = points @ np.linalg.inv(-ROTATION).T + TRANSLATION
    x = np.rint(moved[:, 0] * COLOR["fx"] / moved[:, 2] + COLOR["cx"]).astype(int)
    y = np.rint(moved[:, 1] * COLOR["fy"] / moved[:, 2] + COLOR["cy"]).astype(int)
    inside = (x > 0) & (x < 640) & (y > 0) & (y < 480) & (points[:, 2] > 0) & (points[:, 2] < 10)
    order = np.argsort(-points[inside, 2])
    projected = np.zeros((480, 640))
    projected[y[inside][order] - 1, x[inside][order] - 1] = points[inside, 2][order]

    image = np.asarray(Image.open(image_path)).astype(float)
    assert image.shape == (480, 640, 3)
    gray = undistorted(image.mean(-1), COLOR, COLOR_LENS)
    filled = np.where(projected > 0, projected, np.nan)
    steps = np.abs(np.diff(filled, axis=1)) > 0.25
    bright = np.abs(np.diff(gray, axis=1))
    scores = {}
    for shift in range(-12, 13, 2):
        scores[shift] = np.roll(bright, -shift, axis=1)[60:420, 60:580][steps[60:420, 60:580]].mean()
    best = max(scores, key=scores.get)
    assert abs(best) <= 2, scores
    print(f"raw dump: {steps.sum()} edges of the projected depth lie on those of the color image (best shift {best} pixels)")


def check_noise(folder):
    data = next(folder.glob("d-*.pgm")).read_bytes()
    readings = np.frombuffer(data[-640 * 480 * 2 :], "<u2")
    holes = (readings == 2047).mean()
    assert 0.01 < holes < 0.6, holes
    print(f"raw dump with noise: {holes:.1%} holes")


def check_projections(dump, projected):
    """Every frame that packages/nyu made of a dump, against the toolbox's steps in NumPy."""
    largest, count = 0.0, 0
    for scene in sorted(dump.iterdir()):
        for depth_name, color_name in synchronize([path.name for path in scene.iterdir()]):
            depth, color = project(read_netpbm(scene / depth_name), read_netpbm(scene / color_name))
            name = f"{scene.name} {depth_name.removesuffix('.pgm')}"
            ours = np.fromfile(projected / f"{name}.depth", np.float32).reshape(depth.shape)
            image = np.fromfile(projected / f"{name}.rgb", np.uint8).reshape(color.shape)
            assert np.abs(image.astype(int) - color).max() <= 1
            # A point on the edge between two pixels may fall to either.
            assert ((ours > 0) != (depth > 0)).mean() < 1e-4
            both = (ours > 0) & (depth > 0)
            errors = np.sort(np.abs(ours - depth)[both])
            assert len(errors) > depth.size / 3 and (errors > 1e-3).sum() <= depth.size * 1e-4
            largest, count = max(largest, errors[: -int(depth.size * 1e-4)].max()), count + 1
    assert count * 2 == len(list(projected.iterdir())) > 0
    print(f"{dump.name}: {count} frames are put together and projected alike (largest difference {largest * 1000:.2g} mm, but for 1 pixel in 10,000)")


def nearest(path, candidates):
    seconds = lambda name: float(name.name.split("-")[1])  # noqa: E731
    return min(candidates, key=lambda other: abs(seconds(other) - seconds(path)))


def undistorted(values, camera, lens):
    """What an ideal lens would have shown: each of its pixels, looked up where the real lens shows it."""
    k1, k2, p1, p2, k3 = lens
    rows, columns = np.mgrid[1 : values.shape[0] + 1, 1 : values.shape[1] + 1]
    x = (columns - camera["cx"]) / camera["fx"]
    y = (rows - camera["cy"]) / camera["fy"]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    column = np.clip(np.rint(u * camera["fx"] + camera["cx"]).astype(int) - 1, 0, values.shape[1] - 1)
    row = np.clip(np.rint(v * camera["fy"] + camera["cy"]).astype(int) - 1, 0, values.shape[0] - 1)
    return values[row, column]


if __name__ == "__main__":
    main()
