"""What `protclip` exits with; `protclip --help` lists them."""

DONE = 0
FAILED = 1
"""Something that should be there is missing or damaged, or a tool or the store failed."""
BAD_INPUT = 2
"""The input or an option cannot be used; click's own code for usage errors, too."""
SKIPPED_RECORDS = 3
"""The work was done, but records were left out; they are named on standard error."""
INTERRUPTED = 130
