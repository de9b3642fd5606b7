"""Writes packages/llm-mde/fixtures/tiny-model: a tiny LLM-MDE model in the files of packages/llm-mde, its adapters written by PEFT, and what
PyTorch computes with it.

The towers are the tiny checkpoints in the fixtures of packages/vision-encoder and packages/language-model. Everything is
computed in float64, with dropout 0 and batch normalization in training mode.
"""

import json
import shutil

import torch
from goldens_common import fixtures, output_of, write_json
from model_reference import LlmMde, adapt, optimizer_of, scale_invariant_loss, train_step
from safetensors.torch import save_file
from transformers import BertModel, ViTModel

VISION = fixtures("vision-encoder") / "tiny-vit"
LANGUAGE = fixtures("language-model") / "tiny-bert"
STEPS = 20
SEED = 13
SAFE_DISTANCE = 3e-5
LEARNING_RATE = 2e-3
HEAD = {"projectedChannels": 12, "channels": [10, 8, 6], "imageSkip": False, "maximumDepth": 10}
CONFIGURATION = {
    "model_type": "llm-mde",
    "format_version": 1,
    "vision": {"pretrained": "tiny-vit", "lora": {"rank": 4, "alpha": 8, "dropout": 0}},
    "language": {
        "mode": "present",
        "pretrained": "tiny-bert",
        "lora": {"rank": 2, "alpha": 2, "dropout": 0},
    },
    "reprogramming": {"prototypeCount": 12, "headCount": 4, "dropout": 0},
    "prompt": {"style": "adaptive"},
    "head": {key: value for key, value in HEAD.items() if key != "maximumDepth"},
    "maximumDepth": 10,
    "imageSize": 32,
    "loss": {"lambda": 0.85, "form": "squared"},
    "optimization": {
        "learningRate": LEARNING_RATE,
        "weightDecay": 0.01,
        "maximumGradientNorm": 1,
        "microBatchSize": None,
        "gradientCheckpointing": False,
    },
    "seed": 0,
}


def main():
    folder = output_of(__doc__, fixtures("llm-mde") / "tiny-model")
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = build()
    write_model(model, folder)
    reference_state = {name: tensor.clone().double() for name, tensor in model.state_dict().items()}
    model = model.double().train()
    tensors = {}
    batches = [make_batch(0), make_batch(1)]
    refuse_kinks(model, batches[0])
    for index, batch in enumerate(batches):
        tensors |= {f"batch.{index}.{name}": written(name, tensor) for name, tensor in batch.items()}
    model.eval()
    with torch.no_grad():
        inputs = [batches[0][name] for name in ["pixel_values", "input_ids", "attention_mask"]]
        tensors["depth.evaluation"] = model(*inputs).float()
    model.train()
    optimizer = optimizer_of(model, LEARNING_RATE)
    depth = model(*inputs, size=batches[0]["truth"].shape[1:])
    tensors["depth.training"] = depth.float()
    loss = scale_invariant_loss(depth, batches[0]["truth"], batches[0]["valid"])
    loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            tensors[f"grad.{name}"] = parameter.grad.float()
    # The statistics of the batch normalization have seen the batch once already; begin anew for the run.
    model.load_state_dict(reference_state, strict=True)
    losses = [train_step(model, optimizer, batches[step % 2]) for step in range(STEPS)]
    goldens = {
        "writtenBy": f"PyTorch {torch.__version__.split('+')[0]}",
        "loss": loss.item(),
        "learningRate": LEARNING_RATE,
        "losses": losses,
    }
    write_json(folder / "goldens.json", goldens, indent=1)
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, folder / "goldens.safetensors")
    print(f"loss {losses[0]:.4f} to {losses[-1]:.4f} in {STEPS} steps; {len(tensors)} tensors")


def build():
    vision = ViTModel.from_pretrained(VISION, attn_implementation="eager")
    language = BertModel.from_pretrained(LANGUAGE, attn_implementation="eager")
    for tower in (vision, language):
        for module in tower.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
            if hasattr(module, "dropout_prob"):
                module.dropout_prob = 0.0
    options = {"prototypeCount": 12, "headCount": 4, "head": HEAD}
    vision = adapt(vision, 4, 8, ["q_proj", "v_proj"])
    language = adapt(language, 2, 2, ["query", "key", "value"])
    model = LlmMde(vision, language, options)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.2)
        for name, buffer in model.head.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.1)
            if name.endswith("running_var"):
                buffer.uniform_(0.5, 1.5)
    return model


def write_model(model, folder):
    model.vision.save_pretrained(folder / "vision_adapter")
    model.language.save_pretrained(folder / "language_adapter")
    for tower in ("vision", "language"):
        (folder / f"{tower}_adapter" / "README.md").unlink(missing_ok=True)
        config = folder / f"{tower}_adapter" / "adapter_config.json"
        values = json.loads(config.read_text())
        # The folder of the machine that wrote it.
        values["base_model_name_or_path"] = CONFIGURATION[tower]["pretrained"]
        write_json(config, values, indent=2)
    new = {}
    for part in ("reprogramming", "head"):
        for name, tensor in getattr(model, part).state_dict().items():
            new[f"{part}.{name}"] = tensor.contiguous()
    save_file(new, folder / "model.safetensors", metadata={"format": "pt"})
    write_json(folder / "config.json", CONFIGURATION, indent=2)


def make_batch(seed):
    """Two images with a gradient in their depth, holes in it, and prompts of different lengths."""
    generator = torch.Generator().manual_seed(100 + seed)
    pixels = torch.randn(2, 3, 32, 32, generator=generator, dtype=torch.float64)
    rows = torch.linspace(1, 4, 24, dtype=torch.float64)[None, :, None]
    columns = torch.linspace(0, 2, 30, dtype=torch.float64)[None, None, :]
    slope = torch.rand(2, 1, 1, generator=generator, dtype=torch.float64)
    truth = rows + slope * columns
    valid = torch.rand(2, 24, 30, generator=generator) > 0.2
    input_ids = torch.randint(5, 190, (2, 9), generator=generator)
    attention_mask = torch.ones(2, 9, dtype=torch.long)
    attention_mask[1, 6:] = 0
    input_ids[1, 6:] = 0
    # Numbers that float32 holds exactly, so that both sides compute with the same.
    return {
        "pixel_values": pixels.float().double(),
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "truth": truth.float().double(),
        "valid": valid,
    }


def refuse_kinks(model, batch):
    """A value so close to LeakyReLU's kink that float32's rounding decides its side would change a gradient by leaps."""
    closest = []
    leaky_relu = torch.nn.functional.leaky_relu

    def watched(x):
        closest.append(x.abs().min().item())
        return leaky_relu(x)

    torch.nn.functional.leaky_relu = watched
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        model(batch["pixel_values"], batch["input_ids"], batch["attention_mask"])
    model.load_state_dict(state)
    torch.nn.functional.leaky_relu = leaky_relu
    if min(closest) < SAFE_DISTANCE:
        raise SystemExit(f"A value lies {min(closest):.1e} from LeakyReLU's kink: choose another SEED.")


def written(name, tensor):
    if name == "pixel_values":
        return tensor.permute(0, 2, 3, 1).float()
    return tensor.float() if tensor.is_floating_point() else tensor.to(torch.int32)


if __name__ == "__main__":
    main()
