import pytest

from zoo.evaluate import metrics
from zoo.evaluate.evaluation import evaluate, score

SOURCES = ["a b c", "a", "a b", ""]
REFERENCES = ["A B C", "A", "A B", ""]


def shout(texts):
    return [text.upper() for text in texts]


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_translations_come_in_the_order_of_their_sources(batch_size):
    found = evaluate(shout, SOURCES, REFERENCES, batch_size=batch_size)
    assert found.translations == REFERENCES
    assert found.seconds > 0


def test_batches_hold_sentences_of_like_length():
    batches = []

    def translate(texts):
        batches.append(texts)
        return shout(texts)

    evaluate(translate, SOURCES, REFERENCES, batch_size=2)
    assert batches == [["", "a"], ["a b", "a b c"]]


def test_progress():
    done = []
    evaluate(shout, SOURCES, REFERENCES, batch_size=3, progress=done.append)
    assert done == [3, 4]


def test_scores_are_those_of_the_metrics():
    translations = ["Ein Hund rennt am Strand.", "Zwei Frauen sitzen."]
    references = ["Ein Hund läuft am Strand.", "Zwei Frauen stehen."]
    assert score(translations, references, "de") == [
        metrics.literature_bleu(translations, references, "de"),
        metrics.bleu(translations, references),
        metrics.chrf(translations, references),
    ]
    found = evaluate(lambda texts: translations[: len(texts)], ["a", "b"], references)
    assert found.scores == score(translations, references)


def test_no_literature_bleu_without_a_language():
    assert [s.metric for s in score(["a"], ["a"])] == ["bleu", "chrf"]


def test_references_that_do_not_match():
    with pytest.raises(ValueError, match="4 sources and 3 references"):
        evaluate(shout, SOURCES, REFERENCES[:3])


def test_translations_that_do_not_match():
    with pytest.raises(ValueError):
        evaluate(lambda texts: texts[:-1], SOURCES, REFERENCES)
