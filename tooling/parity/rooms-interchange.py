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


def check_raw_dump(folder, scene):
    """Projects a depth map into the color camera by the toolbox's steps, and checks whether its edges lie on the color image's.

    The edges are compared by rank: a shift of the projected depth by a few pixels in any direction must lower the agreement.
    """
    depth_name, color_name = synchronize([path.name for path in (folder / scene).iterdir()])[0]
    data = (folder / scene / depth_name).read_bytes()
    header = b"P5\n640 480\n65535\n"
    assert data.startswith(header) and len(data) == len(header) + 640 * 480 * 2
    readings = read_netpbm(folder / scene / depth_name)
    assert readings.max() <= 2047 and np.median(readings) > 600
    image = read_netpbm(folder / scene / color_name)
    assert image.shape == (480, 640, 3)
    projected, color = project(readings, image)
    gray = color.mean(-1)
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


if __name__ == "__main__":
    main()
