"""Writers of what other projects publish, in miniature and at random; conftest.py hands them on."""

import argparse
import json

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM, BertModel, EsmConfig, EsmModel

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "kinase", "binds", "##s", "a", "protein"]


def louder(module, seed=0):
    """Weights large enough that a swapped tensor shows: fresh ones hide it under the residual path."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for values in module.parameters():
            values.add_(torch.randn(values.shape, generator=generator) * 0.15)
    return module.eval()


def fair_esm(layers, width, heads, seed=0):
    """fair-esm's own ESM-2."""
    from esm.data import Alphabet
    from esm.model.esm2 import ESM2

    torch.manual_seed(seed)
    return louder(ESM2(layers, width, heads, Alphabet.from_architecture("ESM-1b")), seed)


def write_fair_esm(model, path, regression=True):
    """The published files: the contact regression lies in a file of its own, every name has a prefix."""
    shape = argparse.Namespace(
        encoder_layers=model.num_layers,
        encoder_embed_dim=model.embed_dim,
        encoder_attention_heads=model.attention_heads,
        token_dropout=True,
    )
    state, contacts = {}, {}
    for name, values in model.state_dict().items():
        if name.startswith("contact_head"):
            contacts[name] = values
        else:
            inner = "" if name.startswith("lm_head") else "sentence_encoder."
            state[f"encoder.{inner}{name}"] = values
    torch.save({"cfg": {"model": shape}, "model": state}, path)
    if regression:
        torch.save({"model": contacts}, path.with_name(f"{path.stem}-contact-regression.pt"))
    return path


def esm_config(layers, width, heads):
    return EsmConfig(
        vocab_size=33, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=4 * width, pad_token_id=1, mask_token_id=32, layer_norm_eps=1e-5,
        position_embedding_type="rotary", token_dropout=True, emb_layer_norm_before=False,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, max_position_embeddings=1026,
    )  # fmt: skip


def bert_config(width=32, **other):
    return BertConfig(
        vocab_size=len(WORDS), hidden_size=width, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=2 * width, max_position_embeddings=64, **other,
    )  # fmt: skip


def write_vocabulary(folder):
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": True}))


def write_bert(folder, *, form="safetensors", old_names=False):
    """PubMedBERT's layout: ``bert.`` before every name, a language head, vocab.txt; returns the BertModel."""
    torch.manual_seed(5)
    model = louder(BertForMaskedLM(bert_config()), 5)
    folder.mkdir()
    model.config.save_pretrained(folder)
    state = {name: values.contiguous().clone() for name, values in model.state_dict().items()}
    if old_names:
        state = {n.replace("LayerNorm.weight", "LayerNorm.gamma"): v for n, v in state.items()}
        state = {n.replace("LayerNorm.bias", "LayerNorm.beta"): v for n, v in state.items()}
        state["bert.embeddings.position_ids"] = torch.arange(64)[None]
        state["bert.pooler.dense.weight"] = torch.zeros(32, 32)
    if form == "safetensors":
        save_file(state, folder / "model.safetensors")
    else:
        torch.save(state, folder / "pytorch_model.bin")
    write_vocabulary(folder)
    return model.bert


def release_state(esm, bert, width=8, bank=6, seed=7):
    """Names and shapes of the authors' FSTForPretrain, in half precision as they store it."""
    generator = torch.Generator().manual_seed(seed)
    hidden, tokens = esm.config.hidden_size, esm.config.vocab_size
    layers = {
        "protein_projection.0": (width, hidden), "protein_projection.2": (width, width),
        "text_projection.0": (width, bert.config.hidden_size), "text_projection.2": (width, width),
        "mlm_head.0": (width, hidden), "mlm_head.3": (tokens, width),
        "t2p_mlm_head.0": (width, width), "t2p_mlm_head.3": (tokens, width),
        **{f"decoder.{part}": (width, width) for part in ("query", "key", "value")},
        **{f"local_cross_attention.{p}{i}": (width, width) for p in ("query", "key", "value") for i in (1, 2)},
        "predictor.0": (width // 2, width), "predictor.2": (width, width // 2),
    }  # fmt: skip
    state = {f"protein_model.{name}": values for name, values in esm.state_dict().items()}
    state.pop("protein_model.rotary_embeddings.inv_freq")
    for layer in range(esm.config.num_hidden_layers):  # where the authors' version of transformers keeps it
        name = f"protein_model.encoder.layer.{layer}.attention.self.rotary_embeddings.inv_freq"
        state[name] = esm.state_dict()["rotary_embeddings.inv_freq"]
    state |= {f"text_model.{name}": values for name, values in bert.state_dict().items()}
    for name, shape in layers.items():
        state[f"{name}.weight"] = torch.randn(shape, generator=generator)
        state[f"{name}.bias"] = torch.randn(shape[0], generator=generator)
    for head in ("mlm_head", "t2p_mlm_head"):
        state[f"{head}.2.weight"] = torch.randn(width, generator=generator)
        state[f"{head}.2.bias"] = torch.randn(width, generator=generator)
    state["proto_bank.prototype.weight"] = torch.randn(bank, width, generator=generator)
    state["logit_scale"] = torch.tensor(2.5)
    state["local_logit_scale"] = torch.tensor([2.25, 9.0])
    return {name: values.half().contiguous() for name, values in state.items()}


def write_release(folder, *, tokenizer=True, change=lambda state: None):
    """The authors' published folder; returns its tensors."""
    torch.manual_seed(3)
    esm = louder(EsmModel(esm_config(2, 16, 2)), 3)
    bert = louder(BertModel(bert_config()), 4)
    state = release_state(esm, bert)
    change(state)
    folder.mkdir()
    save_file(state, folder / "model.safetensors")
    config = {
        "model_type": "FST", "architectures": ["FSTForPretrain"], "torch_dtype": "float16",
        "projection_dim": 8, "proto_dim": 8, "proto_num": 6, "hidden_sizes": [16, 32, 8], "mmp": 0,
        "t2p_mlm": 1, "local_contrast": 1, "logit_scale_init": 0.07, "local_logit_scale_init": 0.1,
        "protein_model_config": esm.config.to_dict(), "text_model_config": bert.config.to_dict(),
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    if tokenizer:
        write_vocabulary(folder)
    return state
