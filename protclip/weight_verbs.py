"""`protclip import-weights | export-weights`."""

from pathlib import Path

import click


@click.command("import-weights")
@click.argument("source")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder of the new checkpoint."
)
@click.option(
    "--text",
    default=None,
    metavar="BERT_FOLDER|minilm",
    help="Text tower: a folder with a BERT, pubmedbert where it was downloaded, or minilm. For the authors' "
    "release, which has its own, a folder with its tokenizer  [default: minilm, or the release's own].",
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "fair-esm", "hf-esm", "protclip-release"]),
    default="auto",
    show_default=True,
    help="What the source has to be.",
)
@click.option(
    "--projection-dim",
    type=click.IntRange(1),
    help="Width of the shared space  [default: 512, or the release's own].",
)
@click.option(
    "--dtype", type=click.Choice(["fp32", "fp16"]), default="fp32", show_default=True, help="How to store."
)
@click.option(
    "--residue-objectives",
    is_flag=True,
    help="Add the parts that BSR, PDA and MLM train, for a model that goes into pre-training.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the parts the source does not have.")
@click.pass_context
def import_weights(
    ctx: click.Context, /, source: str, output: Path, text: str | None, **options: str
) -> None:
    """Make a checkpoint from ESM-2 weights and a BERT, or from the authors' release.

    SOURCE is a fair-esm file (esm2_*.pt), a Hugging Face folder with ESM-2, the folder of the authors' ProtCLIP
    (model.safetensors and config.json), or a published name such as esm2_t33_650M_UR50D, which is looked for in
    the caches of torch.hub and Hugging Face. Nothing is downloaded, and no code in a file is run. Exits with 3
    if the source has tensors that nobody knows: they were left out.
    """
    from protclip.exit_codes import SKIPPED_RECORDS
    from protclip.model.weight_sources import locate
    from protclip.model.weights import ImportJob, import_weights

    job = ImportJob(
        source=locate(source),
        folder=output,
        text=None if text is None else "minilm" if text == "minilm" else locate(text),
        **options,  # type: ignore[arg-type] # click has checked them
    )
    report = import_weights(job)
    click.echo("\n".join(report.lines()))
    if report.layout != "protclip-release":
        click.echo(
            "The projections are untrained: cosines of proteins and texts mean nothing before training.",
            err=True,
        )
    if report.unknown:
        click.echo(f"left out, because nobody knows them: {', '.join(report.unknown)}", err=True)
        ctx.exit(SKIPPED_RECORDS)


@click.command("export-weights")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--to", type=click.Choice(["hf-esm"]), required=True, help="Layout to write.")
def export_weights(checkpoint: Path, output: Path, to: str) -> None:
    """Write a checkpoint's protein tower as a plain Hugging Face EsmModel, bit for bit."""
    from protclip.model.weight_export import export_hf_esm

    report = export_hf_esm(checkpoint, output)
    click.echo(f"{report.folder}: {report.num_tensors:,} tensors, {report.num_values:,} values as {to}")
