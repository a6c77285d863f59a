"""Pictures of what a model attended to."""

import pathlib
import textwrap

import numpy as np

from zoo.files import replacing

# Inches: a side of one piece's cell, a letter of its label.
_CELL = 0.3
_LETTER = 0.085


def plot_alignment(
    result, path=None, *, title=None, max_pieces=80, cmap="Blues", overwrite=True
):
    """Draws an alignment as a heat map, source pieces across, target pieces down.

    Each row is one target piece and sums to one over the source pieces; the darker
    a cell, the more the model looked there when it wrote that piece. A piece that
    begins a word is marked with `_`, as SentencePiece marks it.

    Args:
        result: `zoo.Hypothesis`, or the list that `translate` returns for one text
            (the best hypothesis is drawn), with alignments.
        path: string or path. Where to write the picture; its suffix gives the
            format, PNG where it has none. Nothing is written by default.
        title: string. Stands above the picture.
        max_pieces: int. Longer sides are cut to their first pieces, and the axis
            says so.
        cmap: string. One of matplotlib's colour maps.
        overwrite: bool. Whether a file at `path` may be replaced.

    Returns:
        A `matplotlib.figure.Figure`.

    Example:

    ```python
    (result,) = model.translate(["A man sleeps."], return_alignments=True)
    zoo.plot_alignment(result, "alignment.png")
    ```
    """
    hypothesis = _best(result)
    alignment = _alignment(hypothesis)[:max_pieces, :max_pieces]
    columns = [_label(piece) for piece in hypothesis.source_tokens[:max_pieces]]
    rows = [_label(piece) for piece in hypothesis.tokens[:max_pieces]]

    # pyplot would keep every figure alive, and want a display's backend.
    from matplotlib.figure import Figure

    width, height = _CELL * len(columns), _CELL * len(rows)
    figure_width = max(width + _LETTER * max(map(len, rows)) + 1.6, 4.0)
    figure_height = max(height, 1.5) + _LETTER * max(map(len, columns)) + 0.6
    if title:
        title = textwrap.fill(title, width=int(figure_width / 0.1))
        figure_height += 0.25 * (1 + title.count("\n"))
    figure = Figure((figure_width, figure_height), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(alignment, cmap=cmap, vmin=0.0, vmax=1.0, origin="upper")
    for axis, labels in ((axes.xaxis, columns), (axes.yaxis, rows)):
        axis.set_ticks(np.arange(len(labels)), labels)
        axis.set_ticks(np.arange(len(labels) + 1) - 0.5, minor=True)
        for label in axis.get_ticklabels():
            # A piece may hold a dollar sign.
            label.set_parse_math(False)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(axis="both", which="both", length=0, labelsize=9)
    axes.tick_params(axis="x", labelrotation=90)
    axes.grid(which="minor", color="0.9", linewidth=0.5)
    axes.set_xlabel(_side("source", hypothesis.source_tokens, max_pieces))
    axes.set_ylabel(_side("target", hypothesis.tokens, max_pieces))
    figure.colorbar(
        image,
        ax=axes,
        label="attention",
        shrink=min(1.0, 3.0 / height),
        anchor=(0.0, 1.0),
        fraction=0.15 / figure_width,
        aspect=min(max(height, 1.5), 3.0) / 0.15,
        pad=0.15 / figure_width,
    )
    if title:
        figure.suptitle(title, fontsize=11, parse_math=False)
    if path is not None:
        path = pathlib.Path(path)
        with replacing(path, overwrite=overwrite) as temporary:
            figure.savefig(temporary, format=path.suffix.lstrip(".") or "png")
    return figure


def _best(result):
    if not isinstance(result, list | tuple):
        return result
    if len(result) == 1 and isinstance(result[0], list | tuple):
        return _best(result[0])
    if not result or isinstance(result[0], list | tuple):
        raise ValueError(
            "Expected one hypothesis, or the list of them that `translate` returns for "
            f"one text. Received the results of {len(result)} texts: pass one of them."
        )
    return result[0]


def _alignment(hypothesis):
    if hypothesis.alignment is None:
        raise ValueError(
            "The hypothesis has no alignment. Translate with return_alignments=True."
        )
    alignment = np.asarray(hypothesis.alignment)
    expected = (len(hypothesis.tokens), len(hypothesis.source_tokens))
    if alignment.shape != expected:
        raise ValueError(
            "Expected an alignment with a row for each target piece and a column for "
            f"each source piece, of shape {expected}. Received: {alignment.shape}"
        )
    if not alignment.size:
        raise ValueError(
            "The hypothesis is empty: there is no attention to draw for an empty text."
        )
    return alignment


def _label(piece):
    return piece.replace("▁", "_")


def _side(name, pieces, max_pieces):
    if len(pieces) <= max_pieces:
        return name
    return f"{name} (first {max_pieces} of {len(pieces)} pieces)"
