"""LLM-MDE in PyTorch: towers from transformers, adapters from PEFT, the new modules from the paper's formulas.

The reference that packages/llm-mde is compared with; used by model-goldens.py.
"""

import importlib

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

heads = importlib.import_module("head-goldens")


class LlmMde(nn.Module):
    def __init__(self, vision, language, options):
        super().__init__()
        self.vision = vision
        self.language = language
        width = language.config.hidden_size
        self.reprogramming = heads.Reprogramming(
            vision.config.hidden_size,
            width,
            language.config.vocab_size,
            options["prototypeCount"],
            options["headCount"],
            options.get("headFeatures", width // options["headCount"]),
        )
        self.head = heads.AdaptationHead({"inFeatures": width, **options["head"]})

    def forward(self, pixel_values, input_ids, attention_mask, size=None):
        """pixel_values [B,3,S,S]; returns metres, [B,height,width]."""
        patches = self.vision(pixel_values=pixel_values).last_hidden_state[:, 1:]
        words = self.language.get_input_embeddings().weight
        tokens = self.reprogramming(patches, words)
        inputs_embeds = torch.cat([self.language.get_input_embeddings()(input_ids), tokens], dim=1)
        mask = torch.cat([attention_mask, attention_mask.new_ones(tokens.shape[:2])], dim=1)
        understood = self.language(inputs_embeds=inputs_embeds, attention_mask=mask).last_hidden_state
        side = int(tokens.shape[1] ** 0.5)
        return self.head(understood[:, input_ids.shape[1] :], rows=side, columns=side, size=size)


def adapt(tower, rank, alpha, targets):
    """Freezes a tower and gives it adapters."""
    return get_peft_model(tower, LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=targets))


def scale_invariant_loss(depth, truth, valid, weight=0.85):
    """Equation 3 in log depth, mean over the images."""
    losses = []
    for p, t, v in zip(depth, truth, valid):
        difference = torch.log(p[v]) - torch.log(t[v])
        losses.append((difference**2).mean() - weight * difference.mean() ** 2)
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
