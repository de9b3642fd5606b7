"""Measures one training step of LLM-MDE at base size in PyTorch (model_reference.py, random weights) and prints it as JSON.

    python model-step.py --batch 2 --steps 5
"""

import argparse
import json
import resource
import time

import torch
from model_reference import LlmMde, adapt, optimizer_of, train_step
from transformers import BertConfig, BertModel, ViTConfig, ViTModel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--prompt-length", type=int, default=80)
    options = parser.parse_args()
    torch.manual_seed(0)
    vision = adapt(ViTModel(ViTConfig(), add_pooling_layer=False), 96, 192, ["q_proj", "v_proj"])
    language = adapt(BertModel(BertConfig(), add_pooling_layer=False), 32, 32, ["query", "key", "value"])
    head = {"projectedChannels": 256, "channels": [128, 64, 32], "maximumDepth": 10}
    model = LlmMde(vision, language, {"prototypeCount": 1000, "headCount": 8, "head": head}).train()
    optimizer = optimizer_of(model, 2e-5, fused=True)
    size = options.batch
    batch = {
        "pixel_values": torch.randn(size, 3, 224, 224),
        "input_ids": torch.randint(1000, 30000, (size, options.prompt_length)),
        "attention_mask": torch.ones(size, options.prompt_length, dtype=torch.long),
        "truth": 1 + 5 * torch.rand(size, 480, 640),
        "valid": torch.rand(size, 480, 640) > 0.2,
    }
    seconds = []
    for _ in range(options.steps):
        started = time.perf_counter()
        train_step(model, optimizer, batch)
        seconds.append(time.perf_counter() - started)
    trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    # Kilobytes on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    version = torch.__version__.split("+")[0]
    print(json.dumps({"version": version, "seconds": seconds, "peakMegabytes": peak, "trainable": trainable}))


if __name__ == "__main__":
    main()
