"""``open_text`` and its relatives under the name the data readers use.

The code is in ``protclip.textio``: ``protclip.sequence`` needs it too and may not import this package.
"""

from protclip.textio import OnError, Report, open_binary, open_text, plain_bytes, source_name, text_lines

__all__ = ["OnError", "Report", "open_binary", "open_text", "plain_bytes", "source_name", "text_lines"]
