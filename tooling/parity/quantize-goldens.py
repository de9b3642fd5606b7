"""Writes packages/quantize/fixtures: a small model with random weights, and what ONNX Runtime's own quantizers make of it.

Rows of the weights are no multiple of a block, one weight is read twice, one is a table, and the last layer is a Gemm.
"""

import logging

import numpy as np
import onnx
from goldens_common import fixtures, output_of
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

logging.disable(logging.INFO)


def model():
    random = np.random.default_rng(0)

    def weight(name, *shape):
        values = random.standard_normal(shape).astype(np.float32) / 8
        # Columns of different size, and a block of zeros.
        values[:, 0] *= 20
        values[: shape[0] // 2, 1] = 0
        return numpy_helper.from_array(values, name)

    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"], "embed"),
        helper.make_node("Add", ["rows", "positions"], ["embedded"], "place"),
        helper.make_node("MatMul", ["embedded", "query"], ["q"], "query"),
        helper.make_node("MatMul", ["embedded", "key"], ["k"], "key"),
        helper.make_node("Mul", ["q", "k"], ["mixed"], "mix"),
        helper.make_node("MatMul", ["mixed", "query"], ["hidden"], "again"),
        helper.make_node("Reshape", ["hidden", "flat"], ["flattened"], "flatten"),
        helper.make_node("Gemm", ["flattened", "output", "bias"], ["logits"], "output", transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "goldens",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", 5])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", 21])],
        [
            *(weight("table", 31, 40), weight("query", 40, 40), weight("key", 40, 40), weight("output", 21, 40)),
            *(weight("positions", 5, 40), weight("bias", 1, 21)),
            numpy_helper.from_array(np.array([-1, 40], np.int64), "flat"),
        ],
    )
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def main():
    output = output_of(__doc__, fixtures("quantize"))
    output.mkdir(parents=True, exist_ok=True)
    onnx.save(model(), output / "model.onnx")
    for name, weight_type, options in [
        ("int8", QuantType.QInt8, {}),
        ("uint8", QuantType.QUInt8, {}),
        ("int8-per-channel", QuantType.QInt8, {"per_channel": True}),
        ("uint8-per-channel-reduced", QuantType.QUInt8, {"per_channel": True, "reduce_range": True}),
    ]:
        quantize_dynamic(output / "model.onnx", output / f"{name}.onnx", weight_type=weight_type, **options)
    blocks = MatMulNBitsQuantizer(onnx.load(output / "model.onnx"), bits=4, block_size=32, is_symmetric=True)
    blocks.process()
    blocks.model.save_model_to_file(str(output / "q4.onnx"))
    bnb4 = MatMulBnb4Quantizer(onnx.load(output / "model.onnx"), MatMulBnb4Quantizer.NF4, 64)
    bnb4.process()
    bnb4.model.save_model_to_file(str(output / "bnb4.onnx"))


if __name__ == "__main__":
    main()
