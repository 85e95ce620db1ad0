"""The one-kernel activation is ESM's own, in values, gradients and parameter names."""

import torch
from transformers import EsmConfig, EsmModel

from protclip.model.fused_gelu import fuse_gelu


def test_equals_the_activation_of_esm() -> None:
    torch.manual_seed(3)
    config = EsmConfig(
        vocab_size=33, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        position_embedding_type="rotary", pad_token_id=1, mask_token_id=32,
    )  # fmt: skip
    plain = EsmModel(config, add_pooling_layer=False).eval().double()
    fused = fuse_gelu(EsmModel(config, add_pooling_layer=False)).eval().double()
    fused.load_state_dict(plain.state_dict())
    tokens = torch.randint(4, 24, (3, 17))
    outputs = [model(tokens).last_hidden_state for model in (plain, fused)]
    torch.testing.assert_close(outputs[1], outputs[0], rtol=1e-9, atol=1e-9)
    direction = torch.randn_like(outputs[0])  # not the square, whose gradient behind a LayerNorm is zero
    for output in outputs:
        (output * direction).sum().backward()
    for left, right in zip(plain.parameters(), fused.parameters(), strict=True):
        if left.grad is not None:
            torch.testing.assert_close(right.grad, left.grad, rtol=1e-7, atol=1e-9)
