"""The Python side of quantize.mjs: exports a checkpoint to ONNX with inputs for it, and compares a quantized file with what onnxruntime's
quantizers make of the same model.

usage: python quantize.py FOLDER

FOLDER holds cases.json, and gets results.json.
"""

import json
import logging
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

logging.disable(logging.INFO)
warnings.filterwarnings("ignore")

SENTENCES = ["A photograph of a kitchen: the table is two metres away.", "Depth is what a single picture does not show."]


def prepare(folder: Path, model: str, **_) -> dict:
    inputs = folder / "inputs.safetensors"
    path = Path(model)
    if path.suffix == ".onnx":
        save_file(random_inputs(path), inputs)
        return {"path": str(path), "inputs": str(inputs)}
    path = folder / "model.onnx"
    save_file(export(model, path), inputs)
    return {"path": str(path), "inputs": str(inputs)}


def export(checkpoint: str, path: Path) -> dict:
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.from_pretrained(checkpoint)
    causal = any(name.endswith("ForCausalLM") for name in config.architectures or [])
    loader = AutoModelForCausalLM if causal else AutoModel
    model = loader.from_pretrained(checkpoint, attn_implementation="eager", dtype=torch.float32).eval()
    if hasattr(config, "patch_size"):
        across = torch.linspace(-2, 2, 224)
        image = torch.stack([torch.sin(k * across)[:, None] * torch.cos(across * k)[None] for k in (1, 2, 5)])
        inputs = {"pixel_values": image[None] + 0.1 * torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))}
        axes = {"pixel_values": {0: "batch_size"}}
    else:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        inputs = dict(tokenizer(SENTENCES, return_tensors="pt", padding=True))
        axes = {name: {0: "batch_size", 1: "sequence_length"} for name in inputs}

    class Outputs(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *values):
            keywords = dict(zip(inputs, values, strict=True))
            if causal:
                return self.model(**keywords, use_cache=False).logits
            return self.model(**keywords).last_hidden_state

    with torch.no_grad():
        torch.onnx.export(
            Outputs(),
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=["output"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    return {name: value.contiguous().numpy() for name, value in inputs.items()}


def random_inputs(path: Path) -> dict:
    random = np.random.default_rng(0)
    inputs = {}
    for entry in session_of(path).get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in entry.shape]
        if entry.type == "tensor(float)":
            inputs[entry.name] = random.standard_normal(shape).astype(np.float32)
        elif "mask" in entry.name:
            inputs[entry.name] = np.ones(shape, np.int64)
        else:
            inputs[entry.name] = random.integers(1, 100, shape)
    return inputs


def compare(folder: Path, mode: str, path: str, file: str, inputs: str, **_) -> dict:
    values = load_file(inputs)
    expected, found = run(path, values), run(file, values)
    result = {"error": relative(found, expected)}
    reference = folder / "reference.onnx"
    if not quantize(mode, path, reference):
        return result
    theirs = run(reference, values)
    result |= {"reference": relative(theirs, expected), "between": relative(found, theirs, expected)}
    result |= differences(onnx.load(file).graph, onnx.load(str(reference)).graph)
    reference.unlink()
    return result


def quantize(mode: str, path: str, reference: Path) -> bool:
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    if mode in ("q8", "uint8"):
        quantize_dynamic(path, reference, weight_type=QuantType.QInt8 if mode == "q8" else QuantType.QUInt8)
        return True
    if mode == "q4":
        quantizer = MatMulNBitsQuantizer(onnx.load(path), bits=4, block_size=32, is_symmetric=True)
    elif mode == "bnb4":
        quantizer = MatMulBnb4Quantizer(onnx.load(path), MatMulBnb4Quantizer.NF4, 64)
    else:
        return False
    quantizer.process()
    quantizer.model.save_model_to_file(str(reference))
    return True


def differences(ours, theirs) -> dict:
    counts = [Counter(node.op_type for node in graph.node) for graph in (ours, theirs)]
    operators = {name: (counts[0][name], counts[1][name]) for name in sorted(counts[0] | counts[1])}
    different = [f"{name} {a}, Python {b}" for name, (a, b) in operators.items() if a != b]
    weights = [{tensor.name: tensor for tensor in graph.initializer} for graph in (ours, theirs)]
    wrong = sum(
        name not in weights[1] or numpy_helper.to_array(tensor).tobytes() != numpy_helper.to_array(weights[1][name]).tobytes()
        for name, tensor in weights[0].items()
    )
    return {"weights": f"{wrong} of {len(weights[0])}", "operators": "; ".join(different) or "none"}


def session_of(path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(path, inputs: dict) -> list:
    return session_of(path).run(None, inputs)


def relative(values: list, expected: list, scale: list | None = None) -> float:
    return max(
        float(np.linalg.norm(value.astype(np.float64) - other) / np.linalg.norm(size))
        for value, other, size in zip(values, expected, scale or expected, strict=True)
    )


def main(folder: Path) -> None:
    steps = {"prepare": prepare, "compare": compare}
    results = [steps[case.pop("step")](folder, **case) for case in json.loads((folder / "cases.json").read_text())]
    (folder / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
