"""The Python side of onnx-export.mjs: checks each exported model with onnx.checker and runs it in onnxruntime.

usage: python onnx-export.py FOLDER

FOLDER holds cases.json, and gets results.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def main(folder: Path) -> None:
    results = []
    for case in json.loads((folder / "cases.json").read_text()):
        # By path: models above 2 GB, and those with external data, cannot be checked otherwise.
        onnx.checker.check_model(case["file"], full_check=True)
        session = onnxruntime.InferenceSession(case["file"], providers=["CPUExecutionProvider"])
        for path in case["expected"]:
            tensors = load_file(path)
            tensors["pixel_values"] = tensors["pixel_values"].transpose(0, 3, 1, 2)
            inputs = {
                entry.name: tensors[entry.name].astype(np.int64 if entry.type == "tensor(int64)" else np.float32)
                for entry in session.get_inputs()
            }
            (depth,) = session.run(["predicted_depth"], inputs)
            expected = tensors["predicted_depth"]
            assert depth.shape == expected.shape, (case["name"], depth.shape, expected.shape)
            results.append(
                {
                    "name": case["name"],
                    "batch": len(depth),
                    "error": float(np.abs(depth - expected).max()),
                    "megabytes": sum(file.stat().st_size for file in Path(case["file"]).parent.iterdir()) / 1e6,
                    "seconds": case["seconds"],
                    "onnxruntime": onnxruntime.__version__,
                }
            )
    (folder / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
