"""Writes packages/checkpoints/fixtures: a file of Python's safetensors, and what is in it.

`every-dtype.safetensors` holds a tensor of each data type that has a conversion, with the values that are hard to get
right (the smallest and largest, subnormal, infinite, not a number); `every-dtype.json` holds them as float32 numbers or
integers, with text for what JSON has no number for.
"""

import math

import safetensors
import torch
from goldens_common import fixtures, output_of, write_json
from safetensors.torch import save_file

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, -1e-3, 3.0e4, math.inf, -math.inf, math.nan]

TENSORS = {
    "bool": torch.tensor([[True, False], [False, True], [True, True]]),
    "uint8": torch.tensor([0, 1, 127, 128, 255], dtype=torch.uint8),
    "int8": torch.tensor([0, 1, -1, 127, -128], dtype=torch.int8),
    "uint16": torch.tensor([0, 1, 32768, 65535], dtype=torch.uint16),
    "int16": torch.tensor([0, -1, 32767, -32768], dtype=torch.int16),
    "uint32": torch.tensor([0, 1, 2147483647], dtype=torch.uint32),
    "int32": torch.tensor([[0, -1, 2147483647, -2147483648]], dtype=torch.int32),
    "uint64": torch.tensor([0, 1, 2147483647], dtype=torch.uint64),
    "int64": torch.tensor([0, -1, 2147483647, -2147483648], dtype=torch.int64),
    "float16": torch.tensor([*FLOATS, 65504, 2**-24, -(2**-14), 1023 * 2**-24], dtype=torch.float16),
    "bfloat16": torch.tensor([*FLOATS, 3.0e38, 1.0e-40, -(2.0**-126)], dtype=torch.bfloat16),
    "float32": torch.tensor([*FLOATS, 3.4e38, 1.0e-45, 16777217], dtype=torch.float32).reshape(1, 13, 1),
    "float64": torch.tensor([*FLOATS, 1e300, 1e-300, 16777217], dtype=torch.float64),
    "scalar": torch.tensor(2.5, dtype=torch.float32),
    "empty": torch.zeros([0, 3], dtype=torch.float16),
    "0": torch.tensor([7], dtype=torch.int64),
    "größe.重み": torch.tensor([1.0, 2.0], dtype=torch.bfloat16),
}


def main():
    output = output_of(__doc__, fixtures("checkpoints"))
    output.mkdir(parents=True, exist_ok=True)
    save_file(TENSORS, output / "every-dtype.safetensors", metadata={"format": "pt"})
    goldens = {
        "writtenBy": f"safetensors {safetensors.__version__}",
        "tensors": {name: describe(tensor) for name, tensor in TENSORS.items()},
    }
    write_json(output / "every-dtype.json", goldens, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    print(f"{', '.join(sorted(path.name for path in output.iterdir()))} in {output}")


def describe(tensor):
    if tensor.is_floating_point():
        tensor = tensor.to(torch.float32)
    values = [int(value) if isinstance(value, bool) else value for value in tensor.flatten().tolist()]
    return {"shape": list(tensor.shape), "values": [as_json(value) for value in values]}


def as_json(value):
    if isinstance(value, int) or (math.isfinite(value) and math.copysign(1, value) * value != 0):
        return value
    return "-0" if value == 0 and math.copysign(1, value) < 0 else 0 if value == 0 else str(value)


if __name__ == "__main__":
    main()
