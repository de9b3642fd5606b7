"""Writes what packages/nyu and packages/rgbd are tested on: small files in each of NYU Depth v2's formats, and beside them the arrays that are in them.

Nothing here uses the packages. The formats come from h5py, SciPy, Pillow, OpenCV (EXR), tarfile and zipfile; the raw dump's pipeline
(synchronization, metres, undistortion, projection: raw_dump_reference.py) and the colorization are written once more, in NumPy and SciPy,
from the formulas.
The sizes are small and belong to no real sensor, except for one raw frame of 640 by 480.
"""

import gzip
import io
import os
import shutil
import tarfile
import zipfile

os.environ["OPENCV_IO_ENABLE_OPENEXR"] = "1"

import cv2  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import scipy.io  # noqa: E402
import scipy.sparse  # noqa: E402
import scipy.sparse.linalg  # noqa: E402
from goldens_common import PACKAGES, output_of, write_json  # noqa: E402
from PIL import Image  # noqa: E402
from raw_dump_reference import project, read_netpbm, synchronize  # noqa: E402


def main():
    output = output_of(__doc__, PACKAGES)
    of_rgbd = [pairs, rotation, matlab_variants]
    for package in ("rgbd", "nyu"):
        shutil.rmtree(output / package / "fixtures", ignore_errors=True)
    writers = [labeled, raw_dump, lists, shards, pairs, colorization, rotation, matlab_variants]
    writers += [labeled_broken, labeled_variants]
    for seed, write in enumerate(writers):
        package = "rgbd" if write in of_rgbd else "nyu"
        target = output / package / "fixtures" / write.__name__.replace("_", "-")
        target.mkdir(parents=True)
        write(target, np.random.default_rng(40 + seed))
        size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        print(f"{target.name}: {size // 1024} KiB")


# The labeled file: MATLAB v7.3, which is HDF5 with a 512-byte user block and the axes reversed.

LABELED_SCENES = ["kitchen_0004", "office_0002", "kitchen_0004", "nyu_office_0", "bedroom_0001b", "bathroom_0007", "office_0002"]
LABELED_TYPES = ["kitchen", "office", "kitchen", "office", "bedroom", "bathroom", "office"]


def labeled(folder, random):
    count, height, width = len(LABELED_SCENES), 14, 20
    images = random.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    filled = random.uniform(0.7, 9.9, (count, height, width)).astype(np.float32)
    raw = np.where(random.random(filled.shape) < 0.2, 0, filled).astype(np.float32)
    path = folder / "nyu_depth_v2_labeled.mat"
    write_labeled(path, {"images": images, "depths": filled, "rawDepths": raw}, LABELED_SCENES, LABELED_TYPES)
    with h5py.File(path) as file:
        _, chunk = file["images"].id.read_direct_chunk((2, 0, 0, 0))
    place = {"of": "images of frames 2 and 3", "offset": path.read_bytes().index(chunk), "size": len(chunk)}
    write_json(folder / "chunk.json", place)
    train = np.array([[1], [2], [3], [5], [7]], np.uint16)
    test = np.array([[4], [6]], np.uint16)
    scipy.io.savemat(folder / "splits.mat", {"trainNdxs": train, "testNdxs": test}, do_compression=True)
    np.save(folder / "images.npy", images)
    np.save(folder / "depths.npy", filled)
    np.save(folder / "raw-depths.npy", raw)


def write_labeled(path, arrays, scenes, types, storage=None):
    axes = {"images": (0, 3, 2, 1), "depths": (0, 2, 1), "rawDepths": (0, 2, 1)}
    chunks = {"images": (2, 3, 10, 14), "depths": (3, 8, 14), "rawDepths": (3, 8, 14)}
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            turned = array.transpose(axes[name])
            chunk = tuple(min(size, limit) for size, limit in zip(chunks[name], turned.shape))
            if storage is None:
                file.create_dataset(name, data=turned, chunks=chunk, compression="gzip", compression_opts=3)
            else:
                options = storage | ({"chunks": (1, *turned.shape[1:])} if "compression" in storage else {})
                dataset = file.create_dataset(name, turned.shape, turned.dtype, **options)
                for index in range(len(turned)):
                    # A chunk that is never written is not in the file, and is read as zeros.
                    if turned[index].any() or path.stem != "chunks-missing":
                        dataset[index] = turned[index]
        for name, texts in {"scenes": scenes, "sceneTypes": types}.items():
            references = file.create_dataset(name, (1, len(texts)), h5py.ref_dtype)
            for index, text in enumerate(texts):
                codes = np.array([ord(letter) for letter in text], np.uint16).reshape(-1, 1)
                # One is compressed: then it can't be read where its reference points to.
                options = {"chunks": codes.shape, "compression": "gzip"} if index == 1 else {}
                references[0, index] = file.create_dataset(f"#refs#/{name}{index}", data=codes, **options).ref
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def four_frames(random):
    images = random.integers(0, 256, (4, 6, 8, 3), dtype=np.uint8)
    depth = random.uniform(0.7, 9.9, (4, 6, 8)).astype(np.float32)
    return images, depth, [f"kitchen_000{index}" for index in range(4)]


def labeled_variants(folder, random):
    images, depth, names = four_frames(random)
    images[2], depth[2] = 0, 0
    np.save(folder / "images.npy", images)
    np.save(folder / "raw-depths.npy", depth)
    for name, storage in {
        "contiguous": {},
        "chunk-for-each": {"compression": "gzip"},
        "chunks-missing": {"compression": "gzip"},
        "shuffled": {"compression": "gzip", "shuffle": True},
        "not-compressed": {"chunks": True},
    }.items():
        write_labeled(folder / f"{name}.mat", {"images": images, "depths": depth, "rawDepths": depth}, names, ["kitchen"] * 4, storage)


def labeled_broken(folder, random):
    images, depth, names = four_frames(random)
    whole = {"images": images, "depths": depth, "rawDepths": depth}
    spoiled = depth.copy()
    spoiled[0, 2, 3], spoiled[1, 5, 7], spoiled[2, 0, 1] = np.nan, np.inf, -0.5
    write_labeled(folder / "values.mat", whole | {"rawDepths": spoiled}, names, ["kitchen"] * 4)
    write_labeled(folder / "no-raw-depths.mat", {"images": images, "depths": depth}, names, ["kitchen"] * 4)
    write_labeled(folder / "fewer-scenes.mat", whole, names[:3], ["kitchen"] * 4)
    write_labeled(folder / "other-size.mat", whole | {"rawDepths": depth[:, :5]}, names, ["kitchen"] * 4)
    write_labeled(folder / "doubles.mat", whole | {"rawDepths": depth.astype(np.float64)}, names, ["kitchen"] * 4)


def matlab_variants(folder, random):
    values = {"trainNdxs": np.arange(1, 4, dtype=np.uint16).reshape(-1, 1), "a": np.array([[7]], np.uint8)}
    scipy.io.savemat(folder / "plain.mat", values, do_compression=False)
    scipy.io.savemat(folder / "compressed.mat", values | {"text": "a string", "x": random.random((2, 3))}, do_compression=True)
    doubles = {"trainNdxs": np.array([[1.0], [2.0], [300.0], [70000.0]]), "cell": np.array([[1, "b"]], object)}
    scipy.io.savemat(folder / "doubles.mat", doubles)


# The raw dump.


def raw_dump(folder, random):
    write_raw_scene(folder / "dump" / "living_room_0001a", random, 64, 48, frames=4)
    write_raw_scene(folder / "dump" / "nyu_office_1", random, 64, 48, frames=2)
    scenes = sorted((folder / "dump").iterdir())
    with zipfile.ZipFile(folder / "dump.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for scene in scenes:
            for index, path in enumerate(sorted(scene.iterdir())):
                method = zipfile.ZIP_STORED if index % 3 == 0 else zipfile.ZIP_DEFLATED
                archive.write(path, f"{scene.name}/{path.name}", method)
        archive.writestr("living_room_0001a/INDEX.txt", "\n".join(path.name for path in scenes[0].iterdir()))
    truth = {scene.name: synchronize([path.name for path in scene.iterdir()]) for scene in scenes}
    write_json(folder / "synchronized.json", truth, indent=1)
    for name, frames in truth.items():
        for depth, color in frames:
            write_projection(folder, folder / "dump" / name / depth, folder / "dump" / name / color)
    full = folder / "full" / "study_0009"
    write_raw_scene(full, random, 640, 480, frames=1)
    (depth,) = full.glob("d-*")
    (color,) = full.glob("r-*")
    write_projection(folder, depth, color)
    with zipfile.ZipFile(folder / "full.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(full.iterdir()):
            archive.write(path, f"study_0009/{path.name}")
    shutil.rmtree(folder / "full")


def write_raw_scene(folder, random, width, height, frames):
    """Depth at about 30 Hz, color at another rate and out of step, one accelerometer record."""
    folder.mkdir(parents=True)
    start = 1316653580.471513
    (folder / f"a-{start:.6f}-1.dump").write_bytes(random.bytes(16))
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    for index in range(frames):
        metres = 1.2 + 2.5 * x + 0.8 * y + 0.1 * index
        metres[(x > 0.35) & (x < 0.6) & (y > 0.3) & (y < 0.8)] = 0.9
        values = np.round(1092.5 - 351.3 / metres).astype(np.uint16)
        values[random.random(values.shape) < (0.03 if width < 100 else 0.0002)] = 2047
        values[: height // 10, : width // 8] = 2047
        write_pgm(folder / f"d-{start + index / 30:.6f}-{1316138413 + index * 4004}.pgm", values)
    for index in range(2 * frames - 1):
        color = np.stack([255 * x, 255 * y, 127 * (1 + np.sin(9 * x + index))], -1)
        if width > 100:
            color = 32 * np.round(color / 32 - 0.5)  # keeps the committed file small
        write_ppm(folder / f"r-{start - 0.011 + index / 52:.6f}-{1316100000 + index * 2002}.ppm", np.round(color).astype(np.uint8))


def write_pgm(path, values):
    """A PGM whose payload is little-endian, as the data set's are: the format says big-endian."""
    path.write_bytes(b"P5 %d %d 65535\n" % values.shape[::-1] + values.astype("<u2").tobytes())


def write_ppm(path, color):
    path.write_bytes(b"P6 %d %d 255\n" % (color.shape[1], color.shape[0]) + color.tobytes())


def write_projection(folder, depth_path, color_path):
    depth, color = project(read_netpbm(depth_path), read_netpbm(color_path))
    save_compressed(folder / f"{depth_path.parent.name}-{depth_path.stem}.depth.npy.gz", depth.astype(np.float32))
    save_compressed(folder / f"{depth_path.parent.name}-{depth_path.stem}.image.npy.gz", color)


def save_compressed(path, array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    path.write_bytes(gzip.compress(buffer.getvalue(), 9, mtime=0))


# Lists of 8-bit color and 16-bit depth in millimetres.


def lists(folder, random):
    width, height = 24, 18
    train = [("kitchen_0028b", 45), ("kitchen_0028b", 46), ("bedroom_0125", 0), ("nyu_office_1", 7)]
    test = [("bathroom", 45), ("study_room", 1400)]
    lines = {"train": [], "test": []}
    for part, frames, root in (("train", train, "sync"), ("test", test, "official_splits/test")):
        for scene, number in frames:
            directory = folder / root / scene
            directory.mkdir(parents=True, exist_ok=True)
            image = smooth_image(random, height, width)
            depth = random.integers(500, 10000, (height, width)).astype(np.uint16)
            depth[random.random(depth.shape) < 0.2] = 0
            Image.fromarray(image).save(directory / f"rgb_{number:05d}.jpg", quality=95)
            Image.fromarray(depth).save(directory / f"sync_depth_{number:05d}.png")
            decoded = np.array(Image.open(directory / f"rgb_{number:05d}.jpg"))
            np.save(folder / f"{scene}-{number:05d}.image.npy", decoded)
            np.save(folder / f"{scene}-{number:05d}.depth.npy", depth)
            slash = "/" if part == "train" else ""
            lines[part].append(f"{slash}{scene}/rgb_{number:05d}.jpg {slash}{scene}/sync_depth_{number:05d}.png 518.8579")
    lines["train"].insert(2, "/kitchen_0028b/rgb_00047.jpg None 518.8579")
    (folder / "nyudepthv2_train_files_with_gt.txt").write_text("\n".join(lines["train"]) + "\n")
    (folder / "nyudepthv2_test_files_with_gt.txt").write_text("\n".join(lines["test"]))  # its last line has no newline


def smooth_image(random, height, width):
    coarse = random.integers(0, 256, (height // 6 + 1, width // 6 + 1, 3), dtype=np.uint8)
    return np.array(Image.fromarray(coarse).resize((width, height), Image.BICUBIC))


# One HDF5 file a frame, in folders and in tar files.


def shards(folder, random):
    width, height = 16, 12
    members = ["train/kitchen_0001/00001.h5", "train/kitchen_0001/00002.h5", "train/bedroom_0010a/00201.h5", "train/bedroom_0010a/00206.h5", "val/official/00001.h5"]
    for index, member in enumerate(members):
        image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        depth = random.uniform(0.5, 9.9, (height, width)).astype(np.float32)
        depth[random.random(depth.shape) < 0.1] = 0
        path = folder / "files" / member
        path.parent.mkdir(parents=True, exist_ok=True)
        with h5py.File(path, "w") as file:
            file.create_dataset("rgb", data=image.transpose(2, 0, 1))
            file.create_dataset("depth", data=depth, **({"compression": "gzip", "shuffle": True} if index % 2 else {}))
        name = member.replace("/", "-").replace(".h5", "")
        np.save(folder / f"{name}.image.npy", image)
        np.save(folder / f"{name}.depth.npy", depth)
    tars = folder / "tars"
    tars.mkdir()
    for name, chosen, options in (
        ("train-000000.tar", members[:2], {"format": tarfile.USTAR_FORMAT}),
        ("train-000001.tar", members[2:4], {"format": tarfile.PAX_FORMAT, "pax_headers": {"comment": "global"}}),
        ("val-000000.tar", members[4:], {"format": tarfile.GNU_FORMAT}),
    ):
        with tarfile.open(tars / name, "w", **options) as archive:
            for member in chosen:
                archive.add(folder / "files" / member, member.split("/", 1)[1])
    long = "a_folder_whose_name_is_long/" * 6 + "kitchen_0003/00007.h5"
    for name, archive_format in (("long-pax.tar", tarfile.PAX_FORMAT), ("long-gnu.tar", tarfile.GNU_FORMAT)):
        with tarfile.open(folder / name, "w", format=archive_format) as archive:
            archive.add(folder / "files" / members[1], long)


# A user's own images and depths.


def pairs(folder, random):
    width, height = 21, 37
    (folder / "rgb" / "kitchen_0001").mkdir(parents=True)
    (folder / "depth" / "kitchen_0001").mkdir(parents=True)
    depth = random.uniform(0.5, 9.9, (height, width)).astype(np.float32)
    depth[random.random(depth.shape) < 0.1] = 0
    # Values with few bits, so that a half holds them exactly and compression has something to do.
    depth = np.round(depth * 32) / 32
    np.save(folder / "depth.npy", depth)
    image = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    np.save(folder / "image.npy", image)
    variants = {"half": cv2.IMWRITE_EXR_TYPE_HALF, "float": cv2.IMWRITE_EXR_TYPE_FLOAT}
    compressions = {"none": cv2.IMWRITE_EXR_COMPRESSION_NO, "rle": cv2.IMWRITE_EXR_COMPRESSION_RLE, "zips": cv2.IMWRITE_EXR_COMPRESSION_ZIPS}
    compressions |= {"zip": cv2.IMWRITE_EXR_COMPRESSION_ZIP, "piz": cv2.IMWRITE_EXR_COMPRESSION_PIZ}
    exr = folder / "exr"
    exr.mkdir()
    for kind, kind_flag in variants.items():
        for compression, flag in compressions.items():
            options = [cv2.IMWRITE_EXR_TYPE, kind_flag, cv2.IMWRITE_EXR_COMPRESSION, flag]
            assert cv2.imwrite(str(exr / f"{kind}-{compression}.exr"), depth, options)
    three = np.repeat(depth[..., None], 3, -1)
    cv2.imwrite(str(exr / "three-channels.exr"), three, [cv2.IMWRITE_EXR_COMPRESSION, cv2.IMWRITE_EXR_COMPRESSION_ZIP])
    npy = folder / "npy"
    npy.mkdir()
    for name, array in {
        "float32": depth,
        "float64": depth.astype(np.float64),
        "float16": depth.astype(np.float16),
        "big-endian": depth.astype(">f4"),
        "fortran": np.asfortranarray(depth),
        "channel": depth[..., None],
    }.items():
        np.save(npy / f"{name}.npy", array)
    with (npy / "version2.npy").open("wb") as file:
        np.lib.format.write_array(file, depth, version=(2, 0))
    for name in ("a", "b", "c"):
        Image.fromarray(image).save(folder / "rgb" / "kitchen_0001" / f"{name}.png")
    Image.fromarray(np.round(depth * 1000).astype(np.uint16)).save(folder / "depth" / "kitchen_0001" / "a.png")
    shutil.copy(exr / "float-zip.exr", folder / "depth" / "kitchen_0001" / "b.exr")
    holes = np.where(depth == 0, np.nan, depth)
    np.save(folder / "depth" / "kitchen_0001" / "c.npy", holes)


# Filling of holes by colorization, solved directly.


def colorization(folder, random):
    for name, height, width in (("small", 12, 17), ("large", 60, 80)):
        image = smooth_image(random, height, width)
        depth = (2 + np.linspace(0, 3, width)[None] + np.where(image[..., 1] > 128, 1.0, 0.0)).astype(np.float32)
        depth = np.broadcast_to(depth, (height, width)).copy()
        depth[random.random(depth.shape) < 0.3] = 0
        depth[height // 3 : height // 2, width // 4 : width // 2] = 0
        np.save(folder / f"{name}.image.npy", image)
        np.save(folder / f"{name}.depth.npy", depth)
        np.save(folder / f"{name}.filled.npy", fill(image, depth).astype(np.float32))


def fill(image, depth):
    height, width = depth.shape
    gray = (image / 255) @ [0.2989, 0.587, 0.114]
    matrix = scipy.sparse.lil_matrix((height * width, height * width))
    for y in range(height):
        for x in range(width):
            around = [(j, i) for j in range(max(0, y - 1), min(height, y + 2)) for i in range(max(0, x - 1), min(width, x + 2))]
            around.remove((y, x))
            values = np.array([gray[j, i] for j, i in around])
            spread = 0.6 * np.var(np.append(values, gray[y, x]))
            spread = max(spread, -np.min((values - gray[y, x]) ** 2) / np.log(0.01), 2e-6)
            weights = np.exp(-((values - gray[y, x]) ** 2) / spread)
            weights /= weights.sum()
            for (j, i), weight in zip(around, weights):
                matrix[y * width + x, j * width + i] = -weight
            matrix[y * width + x, y * width + x] = 2 if depth[y, x] > 0 else 1
    solution = scipy.sparse.linalg.spsolve(matrix.tocsc(), depth.astype(float).ravel()).reshape(height, width)
    return np.where(depth > 0, depth, solution)


# Rotation, as Pillow does it.


def rotation(folder, random):
    height, width = 30, 40
    image = smooth_image(random, height, width)
    depth = random.uniform(0.5, 9.9, (height, width)).astype(np.float32)
    np.save(folder / "image.npy", image)
    np.save(folder / "depth.npy", depth)
    for degrees in (2.5, -1.3, 40.0):
        np.save(folder / f"image{degrees}.npy", np.array(Image.fromarray(image).rotate(degrees, Image.BILINEAR)))
        np.save(folder / f"depth{degrees}.npy", np.array(Image.fromarray(depth).rotate(degrees, Image.NEAREST)))


if __name__ == "__main__":
    main()
