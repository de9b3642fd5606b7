"""Writes checkpoints with random weights as Hugging Face transformers does, and beside them what it computes with them.

    python towers.py tiny                    the fixtures of packages/vision-encoder and packages/language-model
    python towers.py base --output FOLDER    ViT-base, DINOv2-base and BERT-base, 1.3 GB, for `npm run parity -- towers`

Each folder holds the reference's own files (config.json, model.safetensors, ...), goldens.safetensors with the
tensors, and goldens.json, which says what the tensors are. See README.md for the layout.
"""

import argparse
import contextlib
import copy
import json
import math
import os
import shutil
import sys
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import safetensors.torch  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from goldens_common import fixtures, write_json  # noqa: E402
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # noqa: E402
from torch import nn  # noqa: E402
from transformers import (  # noqa: E402
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertModel,
    BertTokenizer,
    Dinov2Backbone,
    Dinov2Config,
    Dinov2Model,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Model,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2Model,
    ViTConfig,
    ViTForImageClassification,
    ViTForMaskedImageModeling,
    ViTModel,
)
from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil  # noqa: E402
from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    tiny = commands.add_parser("tiny", help="write the tiny fixtures")
    tiny.add_argument("--output", type=Path, help="write below this folder instead of into the packages")
    base = commands.add_parser("base", help="write the three towers at base size")
    base.add_argument("--output", type=Path, required=True, help="folder to write to; needs about 1.5 GB")
    base.add_argument("--towers", nargs="+", choices=sorted(BASE_TOWERS), default=list(BASE_TOWERS))
    arguments = parser.parse_args()

    transformers.utils.logging.disable_progress_bar()
    torch.use_deterministic_algorithms(True)
    if arguments.command == "tiny":
        torch.set_num_threads(1)
        vision = arguments.output or fixtures("vision-encoder")
        write_tiny_vit(vision)
        write_tiny_dinov2(vision)
        write_tiny_bert(arguments.output or fixtures("language-model"))
        write_tiny_decoders(arguments.output or fixtures("language-model"))
    else:
        for name in arguments.towers:
            BASE_TOWERS[name](arguments.output / name)


@dataclass
class Case:
    """One forward pass, and where `loss` names outputs also a backward pass from their weighted sum."""

    name: str
    # As stored: pixels are [B,H,W,3].
    inputs: dict
    # Further arguments of the reference's forward.
    options: dict = field(default_factory=dict)
    loss: tuple = ()
    # Which parameters' gradients are kept, by their names on disk: None keeps all.
    gradients: tuple | None = None


@dataclass
class Magnitudes:
    """How large random weights are (see randomized)."""

    # Of the products with a weight, relative to what goes in.
    gain: float
    # The same for queries and keys: above 1, attention chooses among tokens instead of taking their mean.
    attention_gain: float
    # Of biases, and of how far scales are from one.
    offset: float


# A gain that drives the activation far into its curve, so that the tanh approximation of GELU shows.
TINY_WEIGHTS = Magnitudes(gain=1.5, attention_gain=1.5, offset=0.3)
# With larger branches and biases a deep random BERT makes all tokens alike. Queries then change nothing, and their
# gradients are rounding noise, in PyTorch too.
BASE_WEIGHTS = Magnitudes(gain=0.7, attention_gain=1.7, offset=0.1)


# --- The towers -------------------------------------------------------------------------------------------------------


# An epsilon far larger than any model's, so that a wrong one shows; the modules' own tests cover small ones.
TINY = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "layer_norm_eps": 1e-3}


# For configurations that differ in an option only.
SMALLER = {**TINY, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}


def write_tiny_vit(parent):
    config = ViTConfig(**TINY, intermediate_size=64, image_size=32, patch_size=8)
    model = randomized(ViTModel(config), "tiny-vit", TINY_WEIGHTS)
    resized = {"interpolate_pos_encoding": True}
    embeddings = ("embeddings.",)
    cases = [
        Case(
            "native", {"pixels": normal("tiny-vit native", 2, 32, 32, 3)}, loss=("last_hidden_state", "pooler_output")
        ),
        Case(
            "resized",
            {"pixels": normal("tiny-vit resized", 1, 40, 56, 3)},
            options=resized,
            loss=("last_hidden_state",),
            gradients=embeddings,
        ),
        # As many patches as at the native size, but in another arrangement.
        Case("rearranged", {"pixels": normal("tiny-vit rearranged", 1, 16, 64, 3)}, options=resized),
    ]
    processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    write_tower(parent / "tiny-vit", model, cases, processor)

    classifier = randomized(ViTForImageClassification(copy.deepcopy(config)), "tiny-vit-classifier", TINY_WEIGHTS)
    classifier.vit.load_state_dict(without(model.state_dict(), "pooler."))
    write_tower(parent / "tiny-vit-classifier", classifier, [Case("native", cases[0].inputs)], processor)

    smaller = {**SMALLER, "intermediate_size": 32, "image_size": 16, "patch_size": 8}
    case = Case("native", {"pixels": normal("smaller-vit", 1, 16, 16, 3)})
    options = [
        ("activations", ViTModel, {"hidden_act": "quick_gelu", "pooler_act": "relu"}),
        ("masked-image", ViTForMaskedImageModeling, {"hidden_act": "gelu_fast", "encoder_stride": 8}),
    ]
    for name, model_class, more in options:
        model = randomized(model_class(ViTConfig(**smaller, **more)), f"tiny-vit-{name}", TINY_WEIGHTS)
        write_tower(parent / f"tiny-vit-{name}", model, [case])


def write_tiny_dinov2(parent):
    for name, swiglu in [("tiny-dinov2", False), ("tiny-dinov2-swiglu", True)]:
        config = Dinov2Config(
            **TINY, mlp_ratio=4 if not swiglu else 3, image_size=28, patch_size=7, use_swiglu_ffn=swiglu
        )
        model = randomized(Dinov2Model(config), name, TINY_WEIGHTS)
        cases = [Case("native", {"pixels": normal(f"{name} native", 2, 28, 28, 3)}, loss=("last_hidden_state",))]
        if not swiglu:
            for case, height, width in [("resized", 35, 49), ("taller and narrower", 56, 14)]:
                pixels = normal(f"{name} {case}", 1, height, width, 3)
                cases.append(Case(case, {"pixels": pixels}, loss=("last_hidden_state",), gradients=("embeddings.",)))
        processor = BitImageProcessorPil(
            size={"shortest_edge": 32},
            crop_size={"height": 28, "width": 28},
            image_mean=[0.485, 0.456, 0.406],
            image_std=[0.229, 0.224, 0.225],
        )
        write_tower(parent / name, model, cases, processor, None if swiglu else write_features)

    options = {"use_mask_token": False, "hidden_act": "gelu_new"}
    config = Dinov2Config(**SMALLER, mlp_ratio=2, image_size=14, patch_size=7, **options)
    model = randomized(Dinov2Model(config), "tiny-dinov2-options", TINY_WEIGHTS)
    pixels = normal("tiny-dinov2-options", 1, 14, 14, 3)
    write_tower(parent / "tiny-dinov2-options", model, [Case("native", {"pixels": pixels})])


def write_features(folder):
    """What Dinov2Backbone gives of two blocks for an image that is not square: features [B,N,D], with and without the final layer
    normalization."""
    pixels = normal("features", 1, 28, 42, 3)
    tensors = {"pixels": pixels}
    for name, options in [("normalized", {}), ("plain", {"apply_layernorm": False})]:
        backbone = Dinov2Backbone.from_pretrained(folder, out_features=["stage1", "stage3"], **options).eval()
        with torch.no_grad():
            maps = backbone(pixels.permute(0, 3, 1, 2)).feature_maps
        for stage, features in zip([1, 3], maps):
            tensors[f"{name}.{stage}"] = features.flatten(2).transpose(1, 2).contiguous()
    safetensors.torch.save_file(tensors, folder / "features.safetensors")


def write_tiny_bert(parent):
    vocabulary = tiny_vocabulary()
    config = BertConfig(**TINY, vocab_size=len(vocabulary), intermediate_size=64, max_position_embeddings=64)
    model = randomized(BertModel(config), "tiny-bert", TINY_WEIGHTS)
    tokenizer = BertTokenizer(vocab=vocabulary, model_max_length=64)
    batch = dict(tokenizer([TOKENIZER_TEXTS[0], TOKENIZER_TEXTS[1]], padding=True, return_tensors="pt"))
    pair = dict(tokenizer([("the depth", "of a wall")], return_tensors="pt"))
    embedded = {
        "inputs_embeds": normal("tiny-bert inputs_embeds", 2, 9, 32),
        "attention_mask": torch.tensor([[1] * 9, [1] * 6 + [0] * 3]),
    }
    cases = [
        Case("input_ids", batch, loss=("last_hidden_state",)),
        Case("inputs_embeds", embedded, loss=("last_hidden_state",)),
        Case("pair", pair),
        # The pooler is no part of the other losses: a reader of BERT as an encoder may leave it out.
        Case(
            "pooler",
            embedded,
            loss=("pooler_output",),
            gradients=("pooler.", "embeddings.LayerNorm.", "encoder.layer.2."),
        ),
    ]
    write_tower(
        parent / "tiny-bert", model, cases, tokenizer, lambda folder: write_tokenizer_goldens(folder, tokenizer)
    )

    smaller = BertConfig(
        **SMALLER, vocab_size=8, intermediate_size=32, max_position_embeddings=16, hidden_act="gelu_pytorch_tanh"
    )
    model_of_options = randomized(BertModel(smaller), "tiny-bert-options", TINY_WEIGHTS)
    embeddings = normal("tiny-bert-options", 1, 5, 16)
    write_tower(parent / "tiny-bert-options", model_of_options, [Case("inputs_embeds", {"inputs_embeds": embeddings})])

    outputs_only = [Case("input_ids", batch), Case("inputs_embeds", embedded)]
    masked = randomized(BertForMaskedLM(copy.deepcopy(config)), "tiny-bert-masked-lm", TINY_WEIGHTS)
    masked.bert.load_state_dict(without(model.state_dict(), "pooler."))
    masked.tie_weights()
    write_tower(parent / "tiny-bert-masked-lm", masked, outputs_only, tokenizer)

    pretraining = randomized(BertForPreTraining(copy.deepcopy(config)), "tiny-bert-pretraining", TINY_WEIGHTS)
    pretraining.bert.load_state_dict(model.state_dict())
    pretraining.tie_weights()
    write_tower(parent / "tiny-bert-pretraining", pretraining, outputs_only, tokenizer, rename_layer_norms)


# Rotary positions that turn fast, so that a few tokens see much of the circle, and two heads of queries to each of keys and values.
TINY_LLAMA = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "rms_norm_eps": 1e-3,
    "vocab_size": 300,
    "max_position_embeddings": 512,
}
SMALLER_LLAMA = {**TINY_LLAMA, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}


def write_tiny_decoders(parent):
    llama = LlamaConfig(**TINY_LLAMA, rope_parameters={"rope_type": "default", "rope_theta": 100.0})
    tokenizer = byte_level_tokenizer()
    write_tower(
        parent / "tiny-llama",
        randomized(LlamaModel(llama), "tiny-llama", TINY_WEIGHTS),
        decoder_cases("tiny-llama", 32),
        tokenizer,
        lambda folder: write_tokenizer_goldens(folder, tokenizer),
    )

    # A head of its own, biases, heads wider than their share, and Llama 3.1's scaling, whose three kinds of frequencies all occur.
    scaled = {
        "rope_type": "llama3",
        "rope_theta": 100.0,
        "factor": 4.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 2.0,
        "original_max_position_embeddings": 16,
    }
    options = LlamaConfig(
        **{**SMALLER_LLAMA, "head_dim": 12},
        rope_parameters=scaled,
        attention_bias=True,
        mlp_bias=True,
        tie_word_embeddings=False,
    )
    model = randomized(LlamaForCausalLM(options), "tiny-llama-options", TINY_WEIGHTS)
    embedded = Case("inputs_embeds", decoder_cases("tiny-llama-options", 16)[0].inputs)
    write_tower(parent / "tiny-llama-options", model, [embedded], finish=with_logits(model))

    linear = {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.0}
    qwen2 = randomized(
        Qwen2Model(Qwen2Config(**SMALLER_LLAMA, rope_parameters=linear, tie_word_embeddings=True)), "tiny-qwen2", TINY_WEIGHTS
    )
    write_tower(parent / "tiny-qwen2", qwen2, decoder_cases("tiny-qwen2", 16)[:1])

    gpt2 = GPT2Config(n_embd=32, n_layer=3, n_head=4, n_positions=64, vocab_size=300, layer_norm_epsilon=1e-3)
    model = randomized(GPT2Model(gpt2), "tiny-gpt2", TINY_WEIGHTS)
    with_head = GPT2LMHeadModel(gpt2).eval()
    with_head.transformer.load_state_dict(model.state_dict())
    with_head.tie_weights()
    write_tower(parent / "tiny-gpt2", model, decoder_cases("tiny-gpt2", 32), finish=with_logits(with_head))


def byte_level_tokenizer():
    """Byte-level BPE as GPT-2 and SmolLM2 have it, with few merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(TOKENIZER_TEXTS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def decoder_cases(name, width):
    mask = torch.tensor([[1] * 9, [1] * 6 + [0] * 3])
    embedded = {"inputs_embeds": normal(f"{name} inputs_embeds", 2, 9, width), "attention_mask": mask}
    ids = torch.randint(0, 300, (2, 7), generator=generator(f"{name} input_ids"))
    return [
        Case("inputs_embeds", embedded, loss=("last_hidden_state",)),
        Case("input_ids", {"input_ids": ids}, loss=("last_hidden_state",), gradients=("embed_tokens.", "norm.", "wte.", "wpe.", "ln_f.")),
    ]


def with_logits(model):
    def write(folder):
        ids = torch.randint(0, 300, (1, 5), generator=generator("logits"))
        with torch.no_grad():
            logits = model(input_ids=ids).logits
        safetensors.torch.save_file({"input_ids": ids.to(torch.int32), "logits": logits}, folder / "logits.safetensors")

    return write


def rename_layer_norms(folder):
    """Gives LayerNorm's parameters the names of checkpoints converted from TensorFlow, as in bert-base-uncased."""
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
        for name, tensor in tensors.items()
    }
    safetensors.torch.save_file(renamed, path, metadata={"format": "pt"})


# The gradients that are kept of base towers: those outside of the layers, and some of the first, a middle and the last layer.
OF_VISION = (
    "embeddings.cls_token",
    "embeddings.position_embeddings",
    "embeddings.patch_embeddings.projection.weight",
    "layernorm.",
)


def of_layers(*names):
    return tuple(f"encoder.layer.{layer}.{name}" for name in names for layer in (0, 5, 11))


def write_base_vit(folder):
    model = randomized(ViTModel(ViTConfig()), "base-vit", BASE_WEIGHTS)
    layers = of_layers("attention.attention.query.weight", "intermediate.dense.weight")
    gradients = (*OF_VISION, *layers, "pooler.dense.weight")
    pixels = normal("base-vit", 2, 224, 224, 3)
    loss = ("last_hidden_state", "pooler_output")
    write_tower(
        folder, model, [Case("native", {"pixels": pixels}, loss=loss, gradients=gradients)], ViTImageProcessorPil()
    )


def write_base_dinov2(folder):
    model = randomized(Dinov2Model(Dinov2Config(image_size=518, patch_size=14)), "base-dinov2", BASE_WEIGHTS)
    layers = of_layers("attention.attention.query.weight", "mlp.fc1.weight", "layer_scale1.lambda1")
    processor = BitImageProcessorPil(
        size={"shortest_edge": 256}, image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225]
    )
    pixels = normal("base-dinov2", 1, 224, 224, 3)
    case = Case("resized from 518 to 224", {"pixels": pixels}, loss=("last_hidden_state",), gradients=OF_VISION + layers)
    write_tower(folder, model, [case], processor)


def write_base_bert(folder):
    model = randomized(BertModel(BertConfig()), "base-bert", BASE_WEIGHTS)
    layers = of_layers("attention.self.query.weight", "intermediate.dense.weight")
    length, padded = 128, 100
    mask = torch.ones(2, length, dtype=torch.int64)
    mask[1, padded:] = 0
    ids = torch.randint(5, 30522, (2, length), generator=generator("base-bert input_ids")) * mask
    cases = [
        Case(
            "inputs_embeds",
            {"inputs_embeds": normal("base-bert inputs_embeds", 2, length, 768), "attention_mask": mask},
            loss=("last_hidden_state",),
            gradients=("embeddings.position_embeddings.weight", "embeddings.LayerNorm.", *layers),
        ),
        Case("input_ids", {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}),
    ]
    write_tower(folder, model, cases)


BASE_TOWERS = {"vit": write_base_vit, "dinov2": write_base_dinov2, "bert": write_base_bert}


# --- Weights and inputs -----------------------------------------------------------------------------------------------


def generator(seed):
    return torch.Generator().manual_seed(zlib.crc32(seed.encode()))


def normal(seed, *shape):
    return torch.randn(shape, generator=generator(seed))


def randomized(model, seed, magnitudes):
    """
    Weights of a size that makes every parameter matter: an initialization like training's (zero biases, tiny
    embeddings, unit scales) would hide a bias that is left out or a scale that is not applied.
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            random = normal(f"{seed} {name}", *parameter.shape)
            owner, leaf = name.rpartition(".")[::2]
            module = model.get_submodule(owner)
            if isinstance(module, nn.LayerNorm):
                parameter.copy_(magnitudes.offset * random + (1 if leaf == "weight" else 0))
            elif type(module).__name__.endswith("RMSNorm"):
                parameter.copy_(magnitudes.offset * random + 1)
            elif type(module).__name__ == "Conv1D" and leaf == "weight":
                gain = magnitudes.attention_gain if owner.endswith("c_attn") else magnitudes.gain
                parameter.copy_(gain * random / math.sqrt(parameter.shape[0]))
            elif isinstance(module, (nn.Linear, nn.Conv2d)) and leaf == "weight":
                chooses = owner.endswith(("query", "key", "q_proj", "k_proj"))
                gain = magnitudes.attention_gain if chooses else magnitudes.gain
                parameter.copy_(gain * random / math.sqrt(parameter[0].numel()))
            elif leaf == "bias":
                parameter.copy_(magnitudes.offset * random)
            elif leaf == "lambda1":
                parameter.copy_(0.3 * random + 0.5)
            else:  # Embeddings, class and mask tokens.
                parameter.copy_(0.5 * random)
    # Eager attention is plain matrix products and a softmax, the same everywhere.
    model.set_attn_implementation("eager")
    return model.eval()


def without(state_dict, prefix):
    return {name: tensor for name, tensor in state_dict.items() if not name.startswith(prefix)}


# --- Files ------------------------------------------------------------------------------------------------------------


def write_tower(folder, model, cases, companion=None, finish=None):
    """Writes the checkpoint, its image processor or tokenizer, and the goldens; the folder is replaced as a whole."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    if companion is not None:
        companion.save_pretrained(folder)
    if finish:
        finish(folder)
    check_reads_back(folder, model, cases[0])
    tensors, descriptions = {}, []
    for case in cases:
        case_tensors, description = run_case(model, case)
        tensors.update({f"{case.name}/{name}": tensor for name, tensor in case_tensors.items()})
        descriptions.append(description)
    goldens = {
        "writtenBy": f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}",
        "model": type(model).__name__,
        "layout": {
            "input.pixels": "[batch, height, width, channels], preprocessed",
            "hidden_states": "before the final layer normalization" if not is_bert(model) else "after each layer",
            "grad": "parameter's name and layout as in model.safetensors",
        },
        "cases": descriptions,
    }
    write_json(folder / "goldens.json", goldens, indent=1, ensure_ascii=False)
    # Clones, because one tensor under two names (an input of two cases, BERT's last hidden state) is refused.
    copies = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    safetensors.torch.save_file(copies, folder / "goldens.safetensors")
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.2f} MB; cases: {', '.join(case.name for case in cases)}", flush=True)


def run_case(model, case):
    """The tensors of one case by name, and its entry in goldens.json."""
    leaves = {
        name: tensor.clone().requires_grad_(bool(case.loss)) if tensor.is_floating_point() else tensor
        for name, tensor in case.inputs.items()
    }
    model.zero_grad(set_to_none=True)
    with contextlib.nullcontext() if case.loss else torch.no_grad():
        outputs = forward(model, leaves, case.options)
    tensors = {f"input.{name}": stored(tensor) for name, tensor in case.inputs.items()}
    tensors.update({f"hidden_states.{index}": state.detach() for index, state in enumerate(outputs.hidden_states)})
    names = output_names(model, outputs)
    tensors.update({name: outputs[name].detach() for name in names})
    description = {
        "name": case.name,
        "inputs": list(case.inputs),
        "options": case.options,
        "hiddenStateCount": len(outputs.hidden_states),
        "outputs": names,
    }
    if case.loss:
        weights = {name: loss_weights(case, name, outputs[name]) for name in case.loss}
        loss = sum((outputs[name] * weights[name]).sum() for name in case.loss)
        loss.backward()
        tensors.update({f"loss_weights.{name}": tensor for name, tensor in weights.items()})
        gradients, without_gradient = gradients_on_disk(model)
        kept = {name: x for name, x in gradients.items() if case.gradients is None or name.startswith(case.gradients)}
        input_gradients = {name: leaf.grad for name, leaf in leaves.items() if leaf.requires_grad}
        tensors.update({f"input_grad.{name}": gradient for name, gradient in input_gradients.items()})
        tensors.update({f"grad.{name}": gradient for name, gradient in kept.items()})
        description["loss"] = {
            "formula": " + ".join(f"sum({name} * loss_weights.{name})" for name in case.loss),
            "terms": list(case.loss),
            "value": loss.item(),
        }
        description["inputGradients"] = list(input_gradients)
        description["parameterGradients"] = sorted(kept)
        # A softmax does not change when all its scores shift, so a key's bias has no influence, and its gradient is
        # rounding noise.
        description["vanishingGradients"] = sorted(name for name in kept if name.endswith(("key.bias", "k_proj.bias")))
        description["withoutGradient"] = sorted(without_gradient)
    model.zero_grad(set_to_none=True)
    return tensors, description


def forward(model, inputs, options):
    arguments = {name: tensor for name, tensor in inputs.items() if name != "pixels"}
    if "pixels" in inputs:
        arguments["pixel_values"] = inputs["pixels"].permute(0, 3, 1, 2)
    return model.base_model(**arguments, **options, output_hidden_states=True)


def output_names(model, outputs):
    """The outputs to compare. DINOv2 has no pooler: what it returns as such is last_hidden_state's class token."""
    names = ["last_hidden_state"]
    if getattr(outputs, "pooler_output", None) is not None and not isinstance(model.base_model, Dinov2Model):
        names.append("pooler_output")
    return names


def loss_weights(case, name, output):
    """Random, and zero where the attention mask says padding: what is computed there has no meaning."""
    weights = normal(f"loss {case.name} {name}", *output.shape)
    if output.dim() == 3 and "attention_mask" in case.inputs:
        weights = weights * case.inputs["attention_mask"].unsqueeze(-1)
    return weights


def gradients_on_disk(model):
    """
    The gradients under the names and in the layout of the checkpoint, and the names of the parameters that have none.
    A copy of the model that holds gradients in place of weights goes through save_pretrained, so that whatever that
    renames or joins is applied to both.
    """
    carrier = copy.deepcopy(model)
    for parameter, carried in zip(model.parameters(), carrier.parameters()):
        carried.data = torch.full_like(parameter, math.nan) if parameter.grad is None else parameter.grad
    with tempfile.TemporaryDirectory() as folder:
        carrier.save_pretrained(folder)
        saved = safetensors.torch.load_file(Path(folder) / "model.safetensors")
    absent = {name for name, tensor in saved.items() if tensor.isnan().all()}
    gradients = {name: tensor for name, tensor in saved.items() if name not in absent}
    if not all(tensor.isfinite().all() for tensor in gradients.values()):
        raise ArithmeticError("A gradient is not finite.")
    return gradients, absent


def stored(tensor):
    return tensor if tensor.is_floating_point() else tensor.to(torch.int32)


def is_bert(model):
    return isinstance(model.base_model, BertModel)


def check_reads_back(folder, model, case):
    """The reference itself finds every parameter in what was written, and computes the same with it."""
    loaded, report = type(model).from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    wrong = {kind: names for kind, names in report.items() if names}
    if wrong:
        raise RuntimeError(f"transformers does not read {folder} back without complaint: {wrong}")
    with torch.no_grad():
        expected = forward(model, case.inputs, case.options).last_hidden_state
        actual = forward(loaded.eval(), case.inputs, case.options).last_hidden_state
    if not torch.equal(expected, actual):
        raise RuntimeError(f"transformers computes something else with {folder} than with what was saved.")


# --- Tokenizer --------------------------------------------------------------------------------------------------------


def tiny_vocabulary():
    """A WordPiece vocabulary of some 190 tokens: special ones, characters, parts of words, words."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    punctuation = ".,;:!?'\"-()[]{}/\\%&*+=<>@#_~$^|`"
    characters = [*letters, *"0123456789", *punctuation, "é", "深", "度", "。", "–", "€", "×"]
    parts = """##s ##ed ##ing ##er ##ly ##th ##es ##tion ##ness ##able ##room ##el ##els ##re ##ep""".split()
    words = """
        the a an of and in on is are was to with for from at by this that it image depth indoor room scene pixel
        pixels wall floor ceiling chair table bed window door metre metres meters close far near nearest
        farthest dataset task estimation estimate monocular camera each class value mean un want wanted run runn
        cafe naive resume distance between map
    """.split()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = [*special, *characters, *(f"##{x}" for x in letters + "0123456789"), *parts, *words]
    return {token: index for index, token in enumerate(dict.fromkeys(tokens))}


TOKENIZER_TEXTS = [
    "The depth of each pixel in this image.",
    "A chair near the wall",
    "",
    "   ",
    "a",
    "DEPTH Estimation",
    "unwanted running",
    "Café, naïve résumé!",
    "Ünïcödé Ångström",
    "深度 estimation 深浅。",
    "the深度map",
    "1.5 metres - 10 m (max. 9.99)",
    'don\'t stop: "quoted" [brackets] {braces} a/b\\c 50% #1 user@host',
    "tabs\tand\nnew lines\r\nand \u00a0no-break\u2003spaces",
    "zero\u200bwidth soft\u00adhyphen \u0000null \ufffdreplacement",
    "emoji 🙂 and € – ×",
    "[CLS] the [MASK] of a [UNK] room [SEP] [PAD]",
    "[mask] [Mask] [MASK][MASK]",
    "xyzzyqwertyuiopasdfghjklzxcvbnm" * 5,
    "İstanbul ǅ ﬁne ẞ",
    " ".join(["the distance between the camera and the wall is 2.5 metres;"] * 8),
]


def write_tokenizer_goldens(folder, tokenizer):
    batch = tokenizer(TOKENIZER_TEXTS[:3], padding=True)
    pair = tokenizer("the depth", "of a wall")
    goldens = {
        "writtenBy": f"transformers {transformers.__version__}, {type(tokenizer).__name__}",
        "texts": [
            {
                "text": text,
                "input_ids": tokenizer(text)["input_ids"],
                "input_ids_without_special_tokens": tokenizer(text, add_special_tokens=False)["input_ids"],
            }
            for text in TOKENIZER_TEXTS
        ],
        "padded batch": {"texts": TOKENIZER_TEXTS[:3], **{name: batch[name] for name in sorted(batch)}},
        "pair": {"texts": ["the depth", "of a wall"], **{name: pair[name] for name in sorted(pair)}},
    }
    text = json.dumps(goldens, ensure_ascii=True, separators=(", ", ": ")).replace('{"text"', '\n {"text"')
    (folder / "tokenizer-goldens.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
