def columns(header, rows):
    """Lines of text in columns as wide as their widest cell, under a header.

    Plain text of any width, so that it can be searched and cut when it is piped.
    """
    lines = [header, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )
