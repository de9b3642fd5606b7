"""LLM-MDE in PyTorch: towers from transformers, adapters from PEFT, the new modules from the formulas of the paper (II-A and II-C).

The reference that packages/llm-mde, packages/reprogramming and packages/adaptation-head are compared with.
"""

import math

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torch.nn import functional


class LlmMde(nn.Module):
    def __init__(self, vision, language, options):
        super().__init__()
        self.vision = vision
        self.language = language
        width = language.config.hidden_size
        self.reprogramming = Reprogramming(
            vision.config.hidden_size,
            width,
            language.config.vocab_size,
            options["prototypeCount"],
            options["headCount"],
            options.get("headFeatures", width // options["headCount"]),
        )
        self.head = AdaptationHead({"inFeatures": width, **options["head"]})

    def forward(self, pixel_values, input_ids, attention_mask, size=None):
        """pixel_values [B,3,S,S]; returns metres, [B,height,width]."""
        patches = self.vision(pixel_values=pixel_values).last_hidden_state[:, 1:]
        understood = self.understand(patches, input_ids, attention_mask)
        side = int(patches.shape[1] ** 0.5)
        return self.head(understood, rows=side, columns=side, size=size)

    def understand(self, patches, input_ids, attention_mask):
        """What the language model says at the patches."""
        words = self.language.get_input_embeddings().weight
        tokens = self.reprogramming(patches, words)
        inputs_embeds = torch.cat([self.language.get_input_embeddings()(input_ids), tokens], dim=1)
        mask = torch.cat([attention_mask, attention_mask.new_ones(tokens.shape[:2])], dim=1)
        states = self.language(inputs_embeds=inputs_embeds, attention_mask=mask).last_hidden_state
        return states[:, input_ids.shape[1] :]


class Reprogramming(nn.Module):
    """Prototypes as a Linear along the vocabulary; attention of patches to prototypes, with torch's scaled_dot_product_attention."""

    def __init__(self, vision, language, vocabulary, prototypes, heads, head_features):
        super().__init__()
        self.heads = heads
        width = heads * head_features
        self.mapping_layer = nn.Linear(vocabulary, prototypes)
        self.query_projection = nn.Linear(vision, width)
        self.key_projection = nn.Linear(language, width)
        self.value_projection = nn.Linear(language, width)
        self.out_projection = nn.Linear(width, language)

    def forward(self, patches, words):
        prototypes = self.mapping_layer(words.T).T.expand(patches.shape[0], -1, -1)
        attended = functional.scaled_dot_product_attention(
            self.split(self.query_projection(patches)),
            self.split(self.key_projection(prototypes)),
            self.split(self.value_projection(prototypes)),
        )
        return self.out_projection(attended.transpose(1, 2).flatten(2))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class UpsampleBN(nn.Module):
    def __init__(self, channels, out_channels, image_channels):
        super().__init__()
        entering = channels + image_channels
        self.conv1 = nn.Conv2d(entering, out_channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity() if entering == out_channels else nn.Conv2d(entering, out_channels, 1, bias=False)

    def forward(self, x, image=None):
        size = (2 * x.shape[2], 2 * x.shape[3])
        x = functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
        if image is not None:
            small = functional.interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)
            x = torch.cat([x, small], dim=1)
        y = functional.leaky_relu(self.bn1(self.conv1(x)))
        y = functional.leaky_relu(self.bn2(self.conv2(y)))
        return y + self.shortcut(x)


class AdaptationHead(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.options = options
        widths = [options["projectedChannels"], *options["channels"]]
        image_channels = 3 if options.get("imageSkip") else 0
        self.linear = nn.Linear(options["inFeatures"], widths[0])
        self.stages = nn.ModuleList(UpsampleBN(*pair, image_channels) for pair in zip(widths, widths[1:]))
        self.output = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, tokens, image=None, rows=None, columns=None, size=None):
        x = self.linear(tokens).unflatten(1, (rows, columns)).permute(0, 3, 1, 2)
        if image is not None:
            image = image.permute(0, 3, 1, 2)
        for stage in self.stages:
            x = stage(x, image)
        depth = to_depth(self.output(x), self.options)
        return (resized(depth, size) if size else depth).squeeze(1)


def to_depth(x, options):
    if options.get("output", "sigmoid") == "log":
        return torch.exp(torch.clamp(x, math.log(1e-3), math.log(1e3)))
    return options.get("maximumDepth", 10) * torch.sigmoid(x)


def resized(x, size):
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=False)


class ResidualUnit(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(torch.relu(self.conv1(torch.relu(x))))


class DptHead(nn.Module):
    """DPT's head without transposed convolutions; the language model's tokens are added to the deepest layer."""

    def __init__(self, options):
        super().__init__()
        self.options = options
        channels, fused, last = options["channels"], options["fusionChannels"], options["outputChannels"]
        if "languageFeatures" in options:
            self.language = nn.Linear(options["languageFeatures"], channels[-1])
        self.levels = nn.ModuleList(
            nn.ModuleDict(
                {
                    "project": nn.Linear(options["visionFeatures"], width),
                    "input": nn.Conv2d(width, fused, 3, padding=1, bias=False),
                }
            )
            for width in channels
        )
        self.down = nn.Conv2d(channels[-1], channels[-1], 3, stride=2, padding=1)
        self.fusions = nn.ModuleList()
        for level in range(len(channels)):
            parts = {"residual": ResidualUnit(fused), "project": nn.Conv2d(fused, fused, 1)}
            if level < len(channels) - 1:
                parts["skip"] = ResidualUnit(fused)
            self.fusions.append(nn.ModuleDict(parts))
        half = (fused + 1) // 2
        convolutions = [nn.Conv2d(fused, half, 3, padding=1), nn.Conv2d(half, last, 3, padding=1), nn.Conv2d(last, 1, 1)]
        self.head = nn.ModuleDict({f"conv{index + 1}": conv for index, conv in enumerate(convolutions)})

    def forward(self, features, tokens=None, rows=None, columns=None, size=None):
        images, deepest = [], len(self.levels) - 1
        for level, (parts, patches) in enumerate(zip(self.levels, features)):
            x = parts["project"](patches)
            if level == deepest and tokens is not None:
                x = x + self.language(tokens)
            x = x.unflatten(1, (rows, columns)).permute(0, 3, 1, 2)
            scale = 2 ** (deepest - 1 - level)
            x = self.down(x) if level == deepest else resized(x, (rows * scale, columns * scale))
            images.append(parts["input"](x))
        x = images[deepest]
        for level in range(deepest, -1, -1):
            if level < deepest:
                x = x + self.fusions[level]["skip"](images[level])
            target = images[level - 1].shape[2:] if level > 0 else (2 * x.shape[2], 2 * x.shape[3])
            x = self.fusions[level]["project"](resized(self.fusions[level]["residual"](x), target))
        x = self.head["conv2"](self.head["conv1"](x))
        depth = to_depth(self.head["conv3"](torch.relu(x)), self.options)
        return (resized(depth, size) if size else depth).squeeze(1)


def adapt(tower, rank, alpha, targets):
    """Freezes a tower and gives it adapters."""
    return get_peft_model(tower, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=targets))


def scale_invariant_loss(depth, truth, valid, weight=0.85, form="squared"):
    """Equation 3 in log depth, or ten times its root, mean over the images. An image without a valid pixel counts as one without an error."""
    losses = []
    for p, t, v in zip(depth, truth, valid):
        if not v.any():
            losses.append((p * 0).sum())
            continue
        difference = torch.log(p[v]) - torch.log(t[v])
        value = (difference**2).mean() - weight * difference.mean() ** 2
        losses.append(10 * torch.sqrt(value) if form == "root" else value)
    return torch.stack(losses).mean()


def optimizer_of(model, learning_rate, weight_decay=0.01, **options):
    """AdamW; vectors are not decayed."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, **options)


def train_step(model, optimizer, batch, maximum_norm=1.0):
    optimizer.zero_grad(set_to_none=True)
    depth = model(batch["pixel_values"], batch["input_ids"], batch["attention_mask"], size=batch["truth"].shape[1:])
    loss = scale_invariant_loss(depth, batch["truth"], batch["valid"])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), maximum_norm)
    optimizer.step()
    return loss.item()
