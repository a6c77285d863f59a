"""From a name to the class that bears it."""

import difflib


def lookup(name, classes, kind):
    """The class registered as `name`, or an error that lists what there is.

    Args:
        name: string.
        classes: dict from names to classes.
        kind: what is being chosen, for the error ("score", "alignment", ...).
    """
    if name in classes:
        return classes[name]
    near = difflib.get_close_matches(str(name), classes, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"Unknown {kind} {name!r}: expected one of "
        f"{', '.join(repr(known) for known in sorted(classes))}.{hint}"
    )
