"""How two workers share the tests: a file goes to one of them, and all browser files to the same one, for one app.

They come early in the order (`--no-loadscope-reorder`), so that the other worker does the rest meanwhile.
"""

import pytest

BROWSER = "tests/browser/"


def scope_of(nodeid: str) -> str:
    """What a worker gets as a whole: a file, or all files that drive a browser."""
    file = nodeid.partition("::")[0]
    return BROWSER if file.startswith(BROWSER) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return scope_of(nodeid)

    return Scheduling(config, log)
