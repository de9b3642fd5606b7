"""A process of the bench: builds the model of tooling/parity in PyTorch and takes a step whenever it is told to (see engines.mjs).

PyTorch as fast as its own means make it without compiling: SDPA attention, fused AdamW, inference mode, adapters merged for prediction,
the prototypes' keys and values projected once for all images.
"""

import json
import resource
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
import model_reference
from model_reference import LlmMde, adapt, optimizer_of, scale_invariant_loss
from transformers import BertConfig, BertModel, ViTConfig, ViTModel

SPEC = json.loads(sys.argv[1])
CONFIGURATION = SPEC["configuration"]
DEVICE = SPEC["device"]
HEIGHT, WIDTH = SPEC["image"]["height"], SPEC["image"]["width"]


class Reprogramming(model_reference.Reprogramming):
    """With dropout, and without projecting the same prototypes for every image; those of a prediction are kept."""

    kept = None

    def forward(self, patches, words):
        key, value = self.kept or self.project(words)
        attended = functional.scaled_dot_product_attention(
            self.split(self.query_projection(patches)),
            key.expand(patches.shape[0], -1, -1, -1),
            value.expand(patches.shape[0], -1, -1, -1),
            dropout_p=CONFIGURATION["reprogramming"]["dropout"] if self.training else 0.0,
        )
        return self.out_projection(attended.transpose(1, 2).flatten(2))

    def project(self, words):
        prototypes = self.mapping_layer(words.T).T[None]
        return self.split(self.key_projection(prototypes)), self.split(self.value_projection(prototypes))


def main():
    torch.manual_seed(0)
    if SPEC["precision"] == "tf32":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    elif DEVICE == "cuda":
        torch.backends.cudnn.allow_tf32 = False
    if SPEC["precision"] == "int8" and SPEC["task"] != "predict":
        raise ValueError("PyTorch's dynamic quantization is for models without adapters, which only predict")
    step = {"forward": forward, "predict": predict, "train": train}[SPEC["task"]](build())
    step()
    synchronize()
    version = torch.__version__.split("+")[0]
    say({"ready": True, "library": f"PyTorch {version} ({DEVICE}, {SPEC['precision']})"})
    for line in sys.stdin:
        command = line.strip()
        if command == "memory":
            say({"peak": peak_memory()})
        if command == "step":
            started, used = time.perf_counter(), time.process_time()
            step()
            synchronize()
            seconds, used = time.perf_counter() - started, time.process_time() - used
            say({"seconds": seconds, "processorSeconds": used})


def build():
    vision, language = (CONFIGURATION[tower]["configuration"] for tower in ("vision", "language"))
    vit = ViTModel(
        ViTConfig(image_size=vision["imageSize"], patch_size=vision["patchSize"], **tower_fields(vision)),
        add_pooling_layer=False,
    )
    bert = BertModel(
        BertConfig(
            vocab_size=language["vocabularySize"],
            max_position_embeddings=language["maximumLength"],
            **tower_fields(language),
        ),
        add_pooling_layer=False,
    )
    for tower in (vit, bert):
        tower.set_attn_implementation("sdpa")
    model_reference.Reprogramming = Reprogramming
    model = LlmMde(
        adapted(vit, "vision", ["q_proj", "v_proj"]),
        adapted(bert, "language", ["query", "key", "value"]),
        {**CONFIGURATION["reprogramming"], "head": {**CONFIGURATION["head"], "maximumDepth": CONFIGURATION["maximumDepth"]}},
    )
    return model.to(DEVICE)


def adapted(tower, name, targets):
    lora = CONFIGURATION[name]["lora"]
    return adapt(tower, lora["rank"], lora["alpha"], targets)


def forward(model):
    model.eval()
    inputs = prepare(raw_images())

    def step():
        with torch.inference_mode(), autocast():
            model(*inputs).float().cpu()

    return step


def predict(model):
    model.eval()
    model.vision = model.vision.merge_and_unload()
    model.language = model.language.merge_and_unload()
    with torch.inference_mode(), autocast():
        model.reprogramming.kept = model.reprogramming.project(model.language.get_input_embeddings().weight)
    if SPEC["precision"] == "int8":
        torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
    images = raw_images()

    def step():
        with torch.inference_mode(), autocast():
            model(*prepare(images), size=(HEIGHT, WIDTH)).float().cpu().numpy()

    return step


def train(model):
    model.train()
    optimizer = optimizer_of(model, CONFIGURATION["optimization"]["learningRate"], fused=True)
    images = raw_images()
    size = SPEC["batch"]
    part = CONFIGURATION["optimization"]["microBatchSize"] or size
    truth = 1 + 5 * torch.rand(size, HEIGHT, WIDTH)
    valid = torch.rand(size, HEIGHT, WIDTH) > 0.2

    def step():
        optimizer.zero_grad(set_to_none=True)
        for start in range(0, size, part):
            chosen = slice(start, start + part)
            with autocast():
                depth = model(*prepare(images[chosen]), size=(HEIGHT, WIDTH)).float()
                loss = scale_invariant_loss(depth, truth[chosen].to(DEVICE), valid[chosen].to(DEVICE))
            (loss * (part / size)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def raw_images():
    return torch.randint(0, 256, (SPEC["batch"], HEIGHT, WIDTH, 3), dtype=torch.uint8)


def prepare(images):
    """Resized and normalized as the image processor does it, with the tokens of a prompt."""
    side = CONFIGURATION["imageSize"]
    pixels = images.to(DEVICE).permute(0, 3, 1, 2).float() / 255
    pixels = functional.interpolate(pixels, size=(side, side), mode="bilinear", antialias=True)
    length = SPEC["promptLength"]
    input_ids = torch.randint(5, CONFIGURATION["language"]["configuration"]["vocabularySize"], (len(images), length), device=DEVICE)
    attention_mask = torch.ones(len(images), length, dtype=torch.long, device=DEVICE)
    attention_mask[:, -5:] = 0
    return (pixels - 0.5) / 0.5, input_ids, attention_mask


def tower_fields(tower):
    return {
        "hidden_size": tower["hiddenSize"],
        "num_hidden_layers": tower["layerCount"],
        "num_attention_heads": tower["headCount"],
        "intermediate_size": tower["intermediateSize"],
    }


def autocast():
    return torch.autocast(DEVICE, dtype=torch.bfloat16) if SPEC["precision"] == "bf16" else nullcontext()


def synchronize():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def peak_memory():
    """Of this process, in megabytes."""
    try:
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(status["VmHWM"].split()[0]) / 1024
    except OSError:
        unit = 2**20 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def say(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
