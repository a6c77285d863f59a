import io

import matplotlib.image
import numpy as np
import pytest

from zoo.hypothesis import Hypothesis
from zoo.plots import plot_alignment

SOURCE = ["▁A", "▁man", "▁sleep", "s", ".", "</s>"]
TARGET = ["▁Ein", "▁Mann", "▁schläft", "</s>"]


def soft(target, source):
    alignment = np.exp(-((np.arange(target)[:, None] - np.arange(source)) ** 2.0))
    return alignment / alignment.sum(axis=1, keepdims=True)


def hypothesis(tokens=TARGET, source_tokens=SOURCE, **changes):
    alignment = soft(len(tokens), len(source_tokens))
    return Hypothesis(
        text="Ein Mann schläft",
        tokens=tokens,
        token_ids=list(range(len(tokens))),
        log_probability=-1.0,
        score=-0.25,
        source_tokens=source_tokens,
        **{"alignment": alignment, **changes},
    )


def drawing(figure):
    """The heat map's axes, drawn, so that positions are known."""
    figure.savefig(io.BytesIO())
    return figure.axes[0]


def cells(axes):
    return np.asarray(axes.images[0].get_array())


def test_source_runs_across_and_target_down():
    axes = drawing(plot_alignment(hypothesis()))
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["_A", "_man", "_sleep", "s", ".", "</s>"]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["_Ein", "_Mann", "_schläft", "</s>"]
    # Read from the top left, as text is.
    assert axes.transData.transform((0, 0))[1] > axes.transData.transform((0, 3))[1]
    assert axes.xaxis.get_ticks_position() == "top"
    np.testing.assert_allclose(cells(axes), soft(4, 6))
    assert axes.images[0].get_clim() == (0, 1)


def test_dark_cell_stands_under_its_source_piece(tmp_path):
    alignment = np.zeros((4, 6))
    alignment[3, 1] = 1.0
    figure = plot_alignment(hypothesis(alignment=alignment), tmp_path / "a.png")
    picture = matplotlib.image.imread(tmp_path / "a.png")
    axes = drawing(figure)

    def colour(row, column):
        x, y = axes.transData.transform((column, row))
        return picture[round(picture.shape[0] - y), round(x), :3]

    assert colour(3, 1).mean() < 0.4
    assert colour(1, 3).mean() > 0.9


@pytest.mark.parametrize("length", [1, 5, 25, 60])
def test_labels_neither_overlap_nor_leave_the_picture(length):
    pieces = [f"▁stück{i}" for i in range(length)]
    figure = plot_alignment(hypothesis(pieces, pieces), title="Ein Titel")
    axes = drawing(figure)
    width, height = figure.get_size_inches() * figure.dpi
    for labels, low, high in (
        (axes.get_xticklabels(), "x0", "x1"),
        (axes.get_yticklabels(), "y0", "y1"),
    ):
        boxes = [label.get_window_extent() for label in labels]
        boxes.sort(key=lambda box: getattr(box, low))
        for before, after in zip(boxes, boxes[1:], strict=False):
            assert getattr(before, high) <= getattr(after, low)
        for box in boxes:
            assert 0 <= box.x0 < box.x1 <= width
            assert 0 <= box.y0 < box.y1 <= height


def test_long_sides_are_cut_and_say_so():
    pieces = [str(i) for i in range(30)]
    axes = drawing(plot_alignment(hypothesis(TARGET, pieces), max_pieces=20))
    assert cells(axes).shape == (4, 20)
    assert axes.get_xlabel() == "source (first 20 of 30 pieces)"
    assert axes.get_ylabel() == "target"


def test_colour_bar_and_title():
    figure = plot_alignment(hypothesis(), title="costs 5$ or 6$", cmap="viridis")
    drawing(figure)
    assert figure.get_suptitle() == "costs 5$ or 6$"
    assert figure.axes[0].images[0].get_cmap().name == "viridis"
    assert figure.axes[1].get_ylabel() == "attention"


def test_dollar_signs_are_no_formula():
    drawing(plot_alignment(hypothesis(source_tokens=["▁$", "x_{", "$", "a", "b", "c"])))


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: [x, None], lambda x: [[x]]])
def test_results_of_translate(wrap):
    axes = drawing(plot_alignment(wrap(hypothesis())))
    assert len(axes.get_yticklabels()) == 4


def test_file_is_a_png_and_the_only_one(tmp_path):
    path = tmp_path / "alignment"
    plot_alignment(hypothesis(), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    plot_alignment(hypothesis(), path)
    with pytest.raises(FileExistsError, match="--force"):
        plot_alignment(hypothesis(), path, overwrite=False)
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_format_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="docx"):
        plot_alignment(hypothesis(), tmp_path / "alignment.docx")
    assert not list(tmp_path.iterdir())


def test_no_alignment():
    with pytest.raises(ValueError, match="return_alignments=True"):
        plot_alignment(hypothesis(alignment=None))


def test_wrong_shape():
    with pytest.raises(ValueError, match=r"\(4, 6\). Received: \(6, 4\)"):
        plot_alignment(hypothesis(alignment=np.zeros((6, 4))))


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="hypothesis is empty"):
        plot_alignment(hypothesis([], [], alignment=np.zeros((0, 0))))
    with pytest.raises(ValueError, match="results of 0 texts"):
        plot_alignment([])
    with pytest.raises(ValueError, match="results of 2 texts"):
        plot_alignment([[hypothesis()], [hypothesis()]])
