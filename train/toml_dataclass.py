"""Frozen dataclasses from TOML and back: every key checked by name and type."""

import dataclasses
import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from protclip.errors import InputError

T = TypeVar("T")

_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def spec_of(cls: type[Any], prefix: str = "") -> dict[str, Any]:
    """The dotted name of every key below ``cls`` with its type; nested dataclasses are sections."""
    spec: dict[str, Any] = {}
    for name, hint in get_type_hints(cls).items():
        if dataclasses.is_dataclass(hint):
            spec |= spec_of(hint, f"{prefix}{name}.")  # type: ignore[arg-type]
        else:
            spec[prefix + name] = hint
    return spec


def flat_of(record: Any, prefix: str = "") -> dict[str, Any]:
    """The dotted name of every key of a dataclass with its value; free tables stay whole."""
    flat: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if dataclasses.is_dataclass(value):
            flat |= flat_of(value, f"{prefix}{field.name}.")
        else:
            flat[prefix + field.name] = value
    return flat


def flatten(values: Mapping[str, Any], spec: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted names.

    Raises
    ------
    InputError
        For a key that ``spec`` does not have (the nearest valid key is named), or a section that is no table.
    """
    flat: dict[str, Any] = {}
    for name, value in values.items():
        key = prefix + name
        if key in spec:
            flat[key] = value
        elif any(known.startswith(key + ".") for known in spec):
            if not isinstance(value, Mapping):
                raise InputError(
                    f"[{key}] is a section, but {_shown(value)} was given. Write [{key}] and its keys."
                )
            flat |= flatten(value, spec, key + ".")
        else:
            raise unknown_key(key, spec)
    return flat


def build(cls: type[T], flat: Mapping[str, Any], prefix: str = "") -> T:
    """An instance of ``cls`` from dotted names; what is absent takes its default.

    Raises
    ------
    InputError
        For a value of another type than the field's, or a missing key that has no default.
    """
    hints, arguments = get_type_hints(cls), {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        key, hint = prefix + field.name, hints[field.name]
        if dataclasses.is_dataclass(hint):
            arguments[field.name] = build(hint, flat, key + ".")  # type: ignore[arg-type]
        elif key in flat:
            arguments[field.name] = coerce(key, flat[key], hint)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError(f"{key} is missing. Add it to the run file, or give --set {key}=VALUE.")
    return cls(**arguments)


def coerce(key: str, value: Any, hint: Any) -> Any:
    """``value`` as ``hint`` has it: whole numbers pass as numbers, arrays become tuples.

    Raises
    ------
    InputError
        For a value of another type, with what was given and what is accepted.
    """
    if hint is float and type(value) is int:
        return float(value)
    if get_origin(hint) is Literal and value in get_args(hint) and isinstance(value, str):
        return value
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return _coerce_array(key, value, hint)
    if get_origin(hint) is dict and isinstance(value, Mapping):
        return {name: _plain(f"{key}.{name}", item) for name, item in value.items()}
    if hint in (str, int, float, bool) and type(value) is hint:
        return value
    raise InputError(f"{key} was given {_shown(value)}; accepted is {accepted(hint)}.")


def _coerce_array(key: str, value: Iterable[Any], hint: Any) -> tuple[Any, ...]:
    items, hints = list(value), get_args(hint)
    if hints[-1] is Ellipsis:
        hints = hints[:1] * len(items)
    if len(items) != len(hints):
        raise InputError(f"{key} was given {_shown(items)}; accepted is {accepted(hint)}.")
    return tuple(
        coerce(f"{key}[{i}]", item, each) for i, (item, each) in enumerate(zip(items, hints, strict=True))
    )


def _plain(key: str, value: Any) -> Any:
    """A value of a free table, checked to be something the writer can write again."""
    if isinstance(value, Mapping):
        return {name: _plain(f"{key}.{name}", item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(f"{key}[{i}]", item) for i, item in enumerate(value)]
    if type(value) in (str, int, float, bool):
        return value
    raise InputError(
        f"{key} was given {_shown(value)}; accepted are strings, numbers, true/false, arrays and tables."
    )


def override(flat: dict[str, Any], assignment: str, spec: Mapping[str, Any]) -> None:
    """Apply one ``a.b=c`` to ``flat`` in place: ``c`` is a TOML value, or else a bare string.

    Raises
    ------
    InputError
        Where there is no ``=``, the key is unknown, or it names a whole section.
    """
    key, equals, text = assignment.partition("=")
    key, text = key.strip(), text.strip()
    if not (equals and key):
        raise InputError(f"--set {assignment!r} has no key and value. Write --set section.key=value.")
    table = next(
        (known for known, hint in spec.items() if get_origin(hint) is dict and key.startswith(known + ".")),
        "",
    )
    if table:
        flat[table] = _with_item(
            flat.get(table, {}), key[len(table) + 1 :].split("."), _toml_value(text), key
        )
    elif key in spec:
        value = _toml_value(text)
        # `--set run.name=17` means the name "17": what a string field gets needs no quotes.
        flat[key] = text if spec[key] is str and not isinstance(value, str) else value
    else:
        raise unknown_key(key, spec)


def _with_item(table: Any, path: list[str], value: Any, key: str) -> dict[str, Any]:
    """A copy of ``table`` with ``value`` at ``path``; the caller's table is left as it is."""
    if not isinstance(table, Mapping) or not all(path):
        raise InputError(
            f"--set {key}: there is no table at that place. Give the keys of a table one by one."
        )
    item = _with_item(table.get(path[0], {}), path[1:], value, key) if path[1:] else value
    return {**table, path[0]: item}


def _toml_value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text


def unknown_key(key: str, spec: Mapping[str, Any]) -> InputError:
    """The error for a key that is not there: names the nearest valid one and the section's keys."""
    section, _, leaf = key.rpartition(".")
    inside = [known.rpartition(".")[2] for known in spec if known.rpartition(".")[0] == section]
    elsewhere = [known for known in spec if known.rpartition(".")[2] == leaf]
    close = difflib.get_close_matches(leaf, inside, n=1, cutoff=0.5)
    sections = sorted({known.rpartition(".")[0] for known in spec if "." in known})
    if any(known.startswith(key + ".") for known in spec):
        return InputError(f"{key} is a section and takes no value. Give one of its keys: {key}.NAME=VALUE.")
    if inside and section:
        nearest = elsewhere[0] if elsewhere else f"{section}.{close[0]}" if close else _nearest(key, spec)
        place, known = f"section [{section}]", f"[{section}] accepts {', '.join(inside)}."
    else:
        nearest = elsewhere[0] if elsewhere else f"[{_nearest(section or key, [*sections, *inside])}]"
        place, known = "the run file", f"The sections are {', '.join(sections)}."
    return InputError(f'unknown key "{leaf}" in {place}; the nearest valid one is {nearest}. {known}')


def _nearest(word: str, words: Iterable[str]) -> str:
    return difflib.get_close_matches(word, list(words), n=1, cutoff=0.0)[0]


def accepted(hint: Any) -> str:
    """What a field of this type takes, in words."""
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(hint))
    if get_origin(hint) is tuple:
        items = get_args(hint)
        many = "any number of items" if items[-1] is Ellipsis else f"{len(items)} items"
        return f"an array of {many}, each {accepted(items[0])}"
    return _NAMES[get_origin(hint) or hint]


def _shown(value: Any) -> str:
    kind = "a table" if isinstance(value, Mapping) else _NAMES.get(type(value), type(value).__name__)
    kind = "an array" if isinstance(value, list | tuple) else kind
    return f"{value!r} ({kind})" if not isinstance(value, NoneType) else "nothing"


def toml_text(flat: Mapping[str, Any]) -> str:
    """Dotted names as TOML: keys without a section first, then the sections, free tables as their own."""
    sections: dict[str, list[str]] = {"": []}
    for key, value in flat.items():
        if isinstance(value, Mapping):
            sections[key] = [f"{_key(name)} = {toml_value(item)}" for name, item in value.items()]
        else:
            section, _, leaf = key.rpartition(".")
            sections.setdefault(section, []).append(f"{_key(leaf)} = {toml_value(value)}")
    blocks = [
        "\n".join([*([f"[{name}]"] if name else []), *lines]) for name, lines in sections.items() if lines
    ]
    return "\n\n".join(blocks) + "\n"


def toml_value(value: Any) -> str:
    """One value as TOML writes it; tables inline."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)} = {toml_value(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but TOML also wants DEL escaped, and no surrogate pairs.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"TOML has no {type(value).__name__}")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else toml_value(name)
