"""`protclip app`: start the web app, pages and HTTP API."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click

from protclip.errors import AssetError


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8501, show_default=True, help="Port to listen on."
)
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; 0.0.0.0 lets other machines in (there is no password).",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    envvar="PROTCLIP_MODEL",
    help="Checkpoint folder, with the index of PROTCLIP_INDEX or QDRANT_URL [default: PROTCLIP_MODEL, else the "
    "shipped one].",
)
def app(port: int, address: str, model: Path | None) -> None:
    """Start the web app and serve it until Ctrl-C."""
    if model is not None:
        from protclip.model.checkpoint_files import check_folder

        check_folder(model)
    code = _served(app_command(port, address), model)
    # 130 and -2: stopped with Ctrl-C, which is how one stops it; 143 and -15: by a service manager.
    if code not in (0, 130, -2, 143, -15):
        raise AssetError(
            f"The web app ended with exit code {code}. Look at the lines above: a port in use is the usual "
            "reason; try another with --port. `protclip doctor` checks the installation."
        )


def _served(command: list[str], model: Path | None = None) -> int:
    """Run the server until it ends, and give its exit code; who asks this process to end ends the server too."""
    own_model = {} if model is None else {"PROTCLIP_MODEL": str(model.resolve())}
    with subprocess.Popen(command, env=app_environment() | own_model) as server:
        before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            raise
        finally:
            signal.signal(signal.SIGTERM, before)


def app_environment() -> dict[str, str]:
    """The environment of the server: that of this process, and what keeps its memory level.

    Each visitor's run is a thread; with glibc's arena for each of them, memory grows by megabytes a visitor.
    """
    return {"MALLOC_ARENA_MAX": "2"} | os.environ


def app_command(port: int, address: str) -> list[str]:
    """The command that serves the app.

    The settings of ``.streamlit/config.toml`` that matter are repeated, because Streamlit reads that file
    from the folder it is started in.
    """
    script = Path(__file__).with_name("serve.py")
    return [
        *(sys.executable, "-m", "streamlit", "run", str(script)),
        *("--server.port", str(port), "--server.address", address, "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false", "--client.toolbarMode", "minimal"),
        *("--client.showErrorDetails", "none", "--server.fileWatcherType", "none"),
        *("--server.enableStaticServing", "true", "--server.maxUploadSize", "24"),
        *("--theme.light.primaryColor", "#0B63A5", "--theme.dark.primaryColor", "#56A5E3"),
    ]
