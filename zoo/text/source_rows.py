"""Texts to the rows of ids that an encoder reads, or an error that says why not."""

from zoo.text.special import END_ID


def source_rows(texts, encode, longest, truncate=False):
    """Each text as a list of ids, the end included; blank ones as the end alone.

    Args:
        texts: list of strings.
        encode: from a list of strings to a row of ids for each.
        longest: the longest row that the model reads, the end included.
        truncate: whether longer ones are cut, not refused; they keep their end.

    Raises:
        TypeError: when a text is no string.
        ValueError: when a text is too long and `truncate` is off.
    """
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"Expected strings, got {type(text).__name__} {text!r:.40} as text "
                f"{index}. Decode bytes, and leave out missing values."
            )
    rows = [[*row, END_ID] for row in encode(list(texts))] if texts else []
    for index, row in enumerate(rows):
        if len(row) <= longest:
            continue
        if not truncate:
            raise ValueError(
                f"Text {index} has {len(row)} pieces, the model reads at most "
                f"{longest}: {texts[index]:.60}... Split it into sentences, or pass "
                "truncate=True to cut it."
            )
        rows[index] = [*row[: longest - 1], END_ID]
    return rows
