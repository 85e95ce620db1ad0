"""PrimeKG's CSV form: nodes and triplets once, malformed lines named, held-out heads told by no edge."""

import gzip

import numpy as np
import pytest

from protclip.data.knowledge_graph import read_knowledge_graph, split_heads
from protclip.errors import InputError, RecordError

HEADER = "relation,display_relation,x_index,x_id,x_type,x_name,x_source,y_index,y_id,y_type,y_name,y_source\n"
EDGES = (
    "drug_protein,target,0,9796,gene/protein,PHYHIP,NCBI,7,DB01,drug,Copper,DrugBank\n"
    "drug_protein,target,7,DB01,drug,Copper,DrugBank,0,9796,gene/protein,PHYHIP,NCBI\n"
    "drug_protein,enzyme,1,1543,gene/protein,CYP1A1,NCBI,7,DB01,drug,Copper,DrugBank\n"
    'disease_protein,associated with,1,1543,gene/protein,CYP1A1,NCBI,9,1;2,disease,"cancer, rare",MONDO\n'
)


def written(tmp_path, text, name="kg.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def triplets(graph):
    columns = zip(graph.heads, graph.relations, graph.tails, strict=True)
    return {(graph.nodes[h].index, graph.relation_names[r], graph.nodes[t].index) for h, r, t in columns}


def test_nodes_and_triplets_are_read_once(tmp_path):
    graph = read_knowledge_graph(written(tmp_path, HEADER + EDGES + EDGES))
    assert triplets(graph) == {
        (0, "target", 7),
        (7, "target", 0),
        (1, "enzyme", 7),
        (1, "associated with", 9),
    }
    assert len(graph) == 4
    assert [(n.index, n.type, n.id, n.name) for n in graph.nodes if n.type == "disease"] == [
        (9, "disease", "1;2", "cancer, rare")
    ]
    assert [graph.nodes[place].index for place in graph.of_type("gene/protein")] == [0, 1]
    with pytest.raises(InputError, match=r"no node of type 'anatomy'.*disease, drug, gene/protein"):
        graph.of_type("anatomy")


def test_types_that_are_not_asked_for_are_left_out_and_gzip_is_read(tmp_path):
    path = tmp_path / "kg.csv.gz"
    path.write_bytes(gzip.compress((HEADER + EDGES).encode()))
    graph = read_knowledge_graph(path, node_types=("gene/protein", "drug"))
    assert len(graph) == 3
    assert "associated with" not in graph.relation_names


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("drug_protein,,0,9796,gene/protein,A,NCBI,7,DB01,drug,B,D\n", "display_relation is empty"),
        ("drug_protein,target,zero,9796,gene/protein,A,NCBI,7,DB01,drug,B,D\n", "index is no number"),
        ("drug_protein,target,0\n", "x_type, y_index, y_type is empty"),
    ],
)
def test_a_malformed_line_is_named_or_skipped(tmp_path, line, told):
    path = written(tmp_path, HEADER + line + EDGES)
    with pytest.raises(RecordError, match=f"line 2: .*{told}"):
        read_knowledge_graph(path)
    skipped = []
    assert len(read_knowledge_graph(path, on_error="skip", report=skipped.append)) == 4
    assert len(skipped) == 1


def test_another_csv_is_refused_by_its_columns(tmp_path):
    with pytest.raises(InputError, match="no column display_relation, x_index"):
        read_knowledge_graph(written(tmp_path, "head,relation,tail\na,b,c\n"))


def test_held_out_heads_leave_neither_their_triplets_nor_the_reverse(tmp_path):
    edges = "".join(
        f"r,target,{i},x,gene/protein,n,s,{100 + j},y,drug,m,s\n"
        f"r,target,{100 + j},y,drug,m,s,{i},x,gene/protein,n,s\n"
        for i in range(20)
        for j in (i % 5, 5 + i % 3)
    )
    graph = read_knowledge_graph(written(tmp_path, HEADER + edges))
    train, test = split_heads(graph, share=0.2, seed=3)
    held, known = triplets(test), triplets(train)
    assert held
    assert not held & known
    assert not {(tail, relation, head) for head, relation, tail in held} & known
    assert not set(test.heads) & set(train.heads)
    proteins = graph.of_type("gene/protein")
    assert len(np.intersect1d(proteins, test.heads)) == 4
    again, _ = split_heads(graph, share=0.2, seed=3)
    assert triplets(again) == known
    with pytest.raises(InputError, match="between 0 and 1"):
        split_heads(graph, share=1.0)
