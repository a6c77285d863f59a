"""Fields of a settings dataclass, written as `field=value` on the command line."""

import dataclasses
import types
import typing

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def override(settings_class, assignments):
    """The settings with some fields changed.

    Args:
        settings_class: a dataclass whose fields all have defaults, of types int,
            float, str, bool, or one of these or None.
        assignments: strings such as `"epochs=3"`; of two for the same field the
            later one counts.

    Returns:
        An instance of `settings_class`.

    Raises:
        ValueError: for no assignment, an unknown field, or a value that is not of
            the field's type.
    """
    kinds = typing.get_type_hints(settings_class)
    changes = {}
    for assignment in assignments:
        field, separator, value = assignment.partition("=")
        field = field.strip().replace("-", "_")
        if not separator:
            raise ValueError(
                f"Expected FIELD=VALUE, e.g. epochs=3. Received: {assignment!r}"
            )
        if field not in kinds:
            raise ValueError(_unknown(field, list(kinds)))
        changes[field] = _convert(field, value.strip(), kinds[field])
    return settings_class(**changes)


def describe(settings_class):
    """Name, type and default of each field, as rows of strings."""
    kinds = typing.get_type_hints(settings_class)
    return [
        [field.name, _name(kinds[field.name]), str(field.default)]
        for field in dataclasses.fields(settings_class)
    ]


def _convert(field, value, kind):
    choices = _alternatives(kind)
    for choice in choices:
        if choice is type(None) and value.lower() == "none":
            return None
        if choice is bool and value.lower() in (*_TRUE, *_FALSE):
            return value.lower() in _TRUE
        if choice is str:
            return value
        if choice in (int, float):
            try:
                # 1_000 and 1e-3, as Python writes them.
                return choice(value)
            except ValueError:
                continue
    raise ValueError(f"{field} is of type {_name(kind)}. Received: {value!r}")


def _alternatives(kind):
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        # A string would take any value, so it comes last.
        return sorted(typing.get_args(kind), key=lambda choice: choice is str)
    return [kind]


def _name(kind):
    names = ("None" if k is type(None) else k.__name__ for k in _alternatives(kind))
    return " or ".join(names)


def _unknown(field, fields):
    from zoo.data.prepare import did_you_mean

    return (
        f"There is no setting {field!r}.{did_you_mean(field, fields)} Settings: "
        f"{', '.join(fields)}."
    )
