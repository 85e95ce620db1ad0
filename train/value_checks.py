"""Checks of single values of a configuration; the text of an error names key, value and what is accepted."""

import math

from protclip.errors import InputError


def check(good: bool, key: str, given: object, accepted: str) -> None:
    """Raise an `InputError` unless ``good``."""
    if not good:
        raise InputError(f"{key} = {given!r} cannot be used: {accepted}.")


def check_number(key: str, value: float, low: float = 0.0, *, above: bool = False) -> None:
    """Raise an `InputError` unless the number is finite and at least, or ``above``, ``low``."""
    good = math.isfinite(value) and (value > low if above else value >= low)
    check(good, key, value, f"give a number {'above' if above else 'of at least'} {low:g}")
