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
from torch import nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))
import model_reference
from model_reference import DptHead, LlmMde, adapt, optimizer_of, scale_invariant_loss
from transformers import BertConfig, BertModel, Dinov2Config, Dinov2Model, ViTConfig, ViTModel

SPEC = json.loads(sys.argv[1])
CONFIGURATION = SPEC["configuration"]
DEVICE = SPEC["device"]
HEIGHT, WIDTH = SPEC["image"]["height"], SPEC["image"]["width"]


class Reprogramming(model_reference.Reprogramming):
    """With dropout, and without projecting the same prototypes for every image; those of a prediction are kept."""

    kept = None

    def __init__(self, vision, language, vocabulary, prototypes, heads, head_features):
        super().__init__(vision, language, vocabulary, prototypes, heads, head_features)
        if CONFIGURATION["reprogramming"].get("mapping") == "low-rank":
            rank = CONFIGURATION["reprogramming"].get("mappingRank", 32)
            self.mapping_layer = nn.Sequential(nn.Linear(vocabulary, rank, bias=False), nn.Linear(rank, prototypes))

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


class LayeredLlmMde(LlmMde):
    """With DPT's head on several layers of the vision tower, each normalized, and on what the language model says."""

    def __init__(self, vision, language, options):
        super().__init__(vision, language, options)
        head = options["head"]
        self.layers = head["layers"]
        self.normalize = [vision.get_base_model().layernorm]  # In a list: it is the vision tower's.
        widths = {"visionFeatures": vision.config.hidden_size, "languageFeatures": language.config.hidden_size}
        self.head = DptHead({**head, **widths, "fusionChannels": head["projectedChannels"], "outputChannels": 32})

    def forward(self, pixel_values, input_ids, attention_mask, size=None):
        states = self.vision(pixel_values=pixel_values, output_hidden_states=True).hidden_states
        features = [self.normalize[0](states[layer])[:, 1:] for layer in self.layers]
        rows, columns = (side // self.vision.config.patch_size for side in pixel_values.shape[2:])
        tokens = self.understand(features[-1], input_ids, attention_mask)
        return self.head(features, tokens, rows=rows, columns=columns, size=size)


def main():
    torch.manual_seed(0)
    if SPEC["precision"] == "tf32":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
    elif DEVICE == "cuda":
        torch.backends.cudnn.allow_tf32 = False
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
    sizes = {"image_size": vision["imageSize"], "patch_size": vision["patchSize"]}
    if vision["architecture"] == "dinov2":
        ratio = vision["intermediateSize"] // vision["hiddenSize"]
        vit = Dinov2Model(Dinov2Config(mlp_ratio=ratio, **sizes, **tower_fields(vision)))
    else:
        vit = ViTModel(ViTConfig(**sizes, **tower_fields(vision)), add_pooling_layer=False)
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
    kind = LayeredLlmMde if CONFIGURATION["head"].get("layers") else LlmMde
    model = kind(
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
                loss = loss_of(depth, truth[chosen].to(DEVICE), valid[chosen].to(DEVICE))
            (loss * (part / size)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def loss_of(depth, truth, valid):
    options = CONFIGURATION["loss"]
    loss = scale_invariant_loss(depth, truth, valid, options["lambda"], options["form"])
    weight = options.get("gradientWeight", 0)
    return loss + weight * gradient_matching(depth, truth, valid) if weight else loss


def gradient_matching(depth, truth, valid):
    """The mean over distances of how differently log depth changes in x and in y, between valid pixels."""
    difference = torch.where(valid, torch.log(depth) - torch.log(truth), 0)
    terms = []
    for distance in (1, 2, 4, 8):
        for axis in (1, 2):
            length = depth.shape[axis] - distance
            here, there = (lambda x, at=at: x.narrow(axis, at, length) for at in (0, distance))
            both = here(valid) & there(valid)
            change = torch.where(both, (there(difference) - here(difference)).abs(), 0)
            terms.append(change.sum((1, 2)) / both.sum((1, 2)).clamp(min=1))
    return torch.stack(terms).mean() * 2


def raw_images():
    return torch.randint(0, 256, (SPEC["batch"], HEIGHT, WIDTH, 3), dtype=torch.uint8)


def prepare(images):
    """Resized and normalized as the image processor does it, with the tokens of a prompt."""
    size = CONFIGURATION["imageSize"]
    size = tuple(size) if isinstance(size, list) else (size, size)
    pixels = images.to(DEVICE).permute(0, 3, 1, 2).float() / 255
    pixels = functional.interpolate(pixels, size=size, mode="bilinear", antialias=True)
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
