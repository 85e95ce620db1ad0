"""Tokens: the ids of EsmTokenizer on what it knows, one id a residue on what it does not."""

import numpy as np
import pytest
import torch
from transformers import BertTokenizer, EsmTokenizer

from protclip.model.configuration import ESM_TOKENS, ProtCLIPConfig
from protclip.model.processing import ProtCLIPProcessor, collate_residues, residue_tokens
from protclip.sequence import AMBIGUOUS, RESIDUES

KNOWN = RESIDUES + AMBIGUOUS.replace("J", "")
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "protein", "kinase", "binding"]


@pytest.fixture(scope="module")
def esm_tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("esm") / "vocab.txt"
    path.write_text("\n".join(ESM_TOKENS))
    return EsmTokenizer(str(path))


@pytest.fixture
def processor():
    return ProtCLIPProcessor(BertTokenizer(vocab={word: i for i, word in enumerate(WORDS)}), 6)


def test_ids_are_those_of_the_transformers_tokenizer(esm_tokenizer, processor):
    rng = np.random.default_rng(0)
    sequences = ["M", KNOWN, *("".join(rng.choice(list(KNOWN), length)) for length in (5, 40, 200))]
    expected = esm_tokenizer(sequences, padding=True, return_tensors="pt")
    found = processor.proteins(sequences)
    assert torch.equal(found.input_ids, expected["input_ids"])
    assert torch.equal(found.attention_mask, expected["attention_mask"])
    assert found.input_ids.dtype == torch.int64


def test_unknown_letters_become_x_one_by_one(esm_tokenizer):
    assert residue_tokens("MJJJV").tolist() == residue_tokens("MXXXV").tolist()
    assert residue_tokens("mé漢V").tolist() == residue_tokens("XXXV").tolist()
    merged = esm_tokenizer("MJJJV")["input_ids"]  # what the other tokenizer does, and why it is not used
    assert len(merged) == len("MV") + 3


def test_every_letter_has_a_token_of_its_own():
    tokens = residue_tokens(KNOWN)
    assert [ESM_TOKENS[i] for i in tokens] == list(KNOWN)
    assert tokens.dtype == np.uint8


def test_padding_follows_the_end_and_is_masked():
    batch = collate_residues([residue_tokens("MK"), residue_tokens("MKVA")])
    cls, pad, eos = (ESM_TOKENS.index(t) for t in ("<cls>", "<pad>", "<eos>"))
    m, k = residue_tokens("MK").tolist()
    assert batch.input_ids[0].tolist() == [cls, m, k, eos, pad, pad]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 0, 0], [1] * 6]


def test_a_sequence_that_is_tokenised_is_not_changed():
    rows = [residue_tokens("MKV"), residue_tokens("M")]
    before = [row.copy() for row in rows]
    collate_residues(rows)
    assert all(map(np.array_equal, rows, before))


def test_texts_are_cut_and_padded(processor):
    batch = processor.texts(["kinase", " ".join(["protein"] * 20)])
    assert batch.input_ids.shape == (2, 6)
    assert batch.input_ids[1].tolist() == [2, 5, 5, 5, 5, 3]
    assert batch.attention_mask[0].tolist() == [1, 1, 1, 0, 0, 0]


def test_the_processor_of_a_checkpoint_is_the_one_saved_with_it(processor, tmp_path):
    text = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": len(WORDS)}
    ProtCLIPConfig(text_config=text, text_max_tokens=6).save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again = ProtCLIPProcessor.from_pretrained(tmp_path)
    texts = ["protein kinase binding", "unheard of"]
    assert again.text_max_tokens == 6
    assert torch.equal(again.texts(texts).input_ids, processor.texts(texts).input_ids)
