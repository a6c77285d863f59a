"""The pieces of Markdown that cards and tables of results are made from."""


def table(header, rows, numbers=()):
    """A table, or nothing where there are no rows.

    Args:
        header: list of strings.
        rows: list of lists of strings, each as long as `header`.
        numbers: strings. Those of `header` whose columns are aligned to the right.
    """
    if not rows:
        return ""
    rule = ["---:" if name in numbers else "---" for name in header]
    escaped = (
        [cell.replace("|", "\\|") for cell in line] for line in (header, rule, *rows)
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)


def bullets(items):
    """A list, or nothing where there are no items."""
    return "\n".join(f"- {item}" for item in items)


def section(title, body):
    """A body under its title, or nothing where the body is empty."""
    return f"## {title}\n\n{body}" if body else ""
