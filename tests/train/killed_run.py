"""Run by test_loop: a training that is killed while it writes a snapshot, at the worst moment there is."""

import os
import signal
import sys

from train import snapshot
from train.pretrain import main

KILLED_AT = int(sys.argv[1])
"""Which snapshot is written in full and never gets its name."""
replace, written = os.replace, []


def killing_replace(source, target):
    written.extend([target] * (str(target).endswith(".pt") and "step-" in str(target)))
    if len(written) == KILLED_AT:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)


if __name__ == "__main__":
    snapshot.os.replace = killing_replace
    main(sys.argv[2:])
