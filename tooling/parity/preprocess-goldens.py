"""Writes what Hugging Face's image processors make of photographs: packages/vision-encoder/fixtures/preprocess.

goldens.json there lists everything. The pixels lie in "sheets": PNG files with equally large results one below the other, in 8 bits,
before rescaling and normalizing. The processors are the ones that resize with PIL (ViTImageProcessorPil and BitImageProcessorPil),
images are opened by PIL, turned as their EXIF orientation says and converted to RGB. The exact values after normalizing are given at
some positions, in NumPy's float32.

The photographs are committed: they lie in the folder that is written to.
"""

import json

import numpy
import PIL
import transformers
from goldens_common import fixtures, output_of
from PIL import Image, ImageOps
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

PROCESSORS = {"ViTImageProcessor": ViTImageProcessorPil, "BitImageProcessor": BitImageProcessorPil}

IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

# As published with google/vit-base-patch16-224 and facebook/dinov2-base.
VIT_BASE = {
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "ViTImageProcessor",
    "image_std": [0.5, 0.5, 0.5],
    "resample": 2,
    "rescale_factor": 0.00392156862745098,
    "size": {"height": 224, "width": 224},
}
DINOV2_BASE = {
    "crop_size": {"height": 224, "width": 224},
    "do_center_crop": True,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": IMAGENET_MEAN,
    "image_processor_type": "BitImageProcessor",
    "image_std": IMAGENET_STD,
    "resample": 3,
    "rescale_factor": 0.00392156862745098,
    "size": {"shortest_edge": 256},
}


def main():
    folder = output_of(__doc__, fixtures("vision-encoder") / "preprocess")
    names = sorted(path.name for path in folder.glob("*.*") if is_photograph(path))
    images = {name: open_rgb(folder / name) for name in names}
    goldens = {
        "writtenBy": f"transformers {transformers.__version__}, Pillow {PIL.__version__}, NumPy {numpy.__version__}",
        "processors": [
            processor_golden(folder, images, "vit-64x48", names, VIT_BASE | {"size": {"height": 48, "width": 64}}),
            processor_golden(
                folder,
                images,
                "dinov2-36x32",
                names,
                DINOV2_BASE | {"size": {"shortest_edge": 40}, "crop_size": {"height": 32, "width": 36}},
            ),
            # A crop that is larger than the image on one side or on both.
            processor_golden(
                folder,
                images,
                "dinov2-padded-67x30",
                ["coffee-333x217.jpg", "rocket-97x401.png"],
                DINOV2_BASE | {"size": {"shortest_edge": 33}, "crop_size": {"height": 30, "width": 67}},
            ),
            processor_golden(folder, images, "vit-base", ["coffee-333x217.jpg"], VIT_BASE),
            processor_golden(folder, images, "dinov2-base", ["coffee-333x217.jpg"], DINOV2_BASE),
        ],
        "normalized": [
            normalized_golden(images, "rocket-97x401.png", VIT_BASE),
            normalized_golden(images, "rocket-97x401.png", DINOV2_BASE),
            normalized_golden(images, "rocket-97x401.png", {"image_processor_type": "ViTImageProcessor"}),
            normalized_golden(images, "rocket-97x401.png", {"image_processor_type": "BitImageProcessor"}),
            normalized_golden(images, "rocket-97x401.png", DINOV2_BASE | {"do_rescale": False, "resample": 1}),
        ],
        "sizes": size_goldens(),
        "resizes": [
            resize_golden(folder, images, "rocket-97x401.png", 33, 29),
            resize_golden(folder, images, "chelsea-5x3.png", 17, 3),
            resize_golden(folder, images, "chelsea-5x3.png", 23, 19),
            resize_golden(folder, images, "chelsea-5x3.png", 2, 7),
            resize_golden(folder, images, "chelsea-3x307.png", 17, 13),
            resize_golden(folder, images, "coffee-1x1.png", 4, 3),
        ],
    }
    (folder / "goldens.json").write_text(to_json(goldens))
    print(f"{len(names)} photographs, {goldens['writtenBy']}")


def to_json(goldens):
    """One line for each golden."""
    parts = []
    for key, value in goldens.items():
        lines = ",\n".join("  " + json.dumps(entry) for entry in value) if isinstance(value, list) else json.dumps(value)
        parts.append(f" {json.dumps(key)}: [\n{lines}\n ]" if isinstance(value, list) else f" {json.dumps(key)}: {lines}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def is_photograph(path):
    return path.suffix in (".jpg", ".png") and not path.name.startswith("sheet-")


def open_rgb(path):
    with Image.open(path) as image:
        turned = ImageOps.exif_transpose(image)
        # PIL's own conversion would clip nearly all of 16 bits to white.
        return (upper_byte(turned) if turned.mode == "I;16" else turned).convert("RGB")


def upper_byte(image):
    return Image.fromarray((numpy.array(image) >> 8).astype(numpy.uint8))


def processor_of(configuration):
    return PROCESSORS[configuration["image_processor_type"]].from_dict(configuration)


def processor_golden(folder, images, name, image_names, configuration):
    processor = processor_of(configuration)
    results = []
    for image_name in image_names:
        pixels = processor(images[image_name], do_rescale=False, do_normalize=False, return_tensors="np").pixel_values[0]
        assert pixels.dtype == numpy.uint8
        results.append(pixels.transpose(1, 2, 0))
    return {"name": name, "config": configuration, "images": image_names, "sheet": write_sheet(folder, name, results)}


def normalized_golden(images, image_name, configuration):
    pixels = processor_of(configuration)(images[image_name], return_tensors="np").pixel_values[0].transpose(1, 2, 0)
    assert pixels.dtype == numpy.float32
    flat = pixels.reshape(-1)
    positions = numpy.random.default_rng(5).choice(flat.size, 64, replace=False)
    return {
        "image": image_name,
        "config": configuration,
        "shape": [1, *pixels.shape],
        "positions": [int(position) for position in positions],
        "values": [float(flat[position]) for position in positions],
    }


def size_goldens():
    """The sizes that images of various shapes get."""
    configurations = [
        {"image_processor_type": "BitImageProcessor", "size": 31, "do_center_crop": False},
        {"image_processor_type": "ViTImageProcessor", "size": 31},
        {"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 37}},
        {"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 37, "longest_edge": 50}},
        {"image_processor_type": "ViTImageProcessor", "size": [12, 17]},
        {"image_processor_type": "ViTImageProcessor", "size": 12, "do_center_crop": True, "crop_size": 9},
        {"image_processor_type": "BitImageProcessor", "do_resize": False, "crop_size": [7, 70]},
        {"image_processor_type": "BitImageProcessor", "do_resize": False, "do_center_crop": False},
    ]
    inputs = [(1, 1), (37, 37), (37, 90), (90, 37), (217, 333), (333, 217), (401, 97), (63, 64), (20, 27), (8, 5), (100, 45)]
    return [
        {
            "config": configuration,
            "inputs": inputs,
            "outputs": [
                processor_of(configuration)(
                    Image.new("RGB", (width, height)), do_convert_rgb=True, return_tensors="np"
                ).pixel_values.shape[2:]
                for height, width in inputs
            ],
        }
        for configuration in configurations
    ]


def resize_golden(folder, images, image_name, width, height):
    """All of PIL's filters, by their number."""
    results = [numpy.array(images[image_name].resize((width, height), resample=number)) for number in range(6)]
    sheet = write_sheet(folder, f"resize-{image_name.rsplit('.', 1)[0]}-to-{width}x{height}", results)
    return {"image": image_name, "width": width, "height": height, "sheet": sheet}


def write_sheet(folder, name, results):
    sheet = f"sheet-{name}.png"
    Image.fromarray(numpy.concatenate(results)).save(folder / sheet, optimize=True)
    return sheet


if __name__ == "__main__":
    main()
