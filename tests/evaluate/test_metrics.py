import math
import sys

import pytest
import sacrebleu

from zoo.evaluate import metrics
from zoo.evaluate.metrics import bleu, chrf, literature_bleu, moses_tokenize

HYPOTHESIS = "Der Hund läuft schnell über die grüne Wiese."
REFERENCE = "Der Hund läuft heute über die grüne Wiese."


def test_bleu_by_hand():
    # 13a splits the full stop: 9 tokens, one of them wrong, in fourth place.
    precisions = (8 / 9, 6 / 8, 4 / 7, 2 / 6)
    expected = 100 * math.prod(precisions) ** (1 / 4)
    score = bleu([HYPOTHESIS], [REFERENCE])
    assert score.metric == "bleu"
    assert score.value == pytest.approx(expected)
    assert score.signature.startswith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|")
    assert sacrebleu.__version__ in score.signature


def test_bleu_minds_case():
    assert bleu([REFERENCE.lower()], [REFERENCE]).value < 80
    assert bleu([REFERENCE], [REFERENCE]).value == pytest.approx(100)


def test_brevity_penalty():
    # The first five of the reference's nine tokens: exp(1 - 9 / 5).
    score = bleu(["Der Hund läuft heute über"], [REFERENCE])
    assert score.value == pytest.approx(100 * math.exp(1 - 9 / 5))


def test_chrf():
    assert chrf([REFERENCE], [REFERENCE]).value == pytest.approx(100)
    score = chrf([HYPOTHESIS], [REFERENCE])
    assert score.metric == "chrf"
    assert 60 < score.value < 90
    assert "nc:6|nw:0" in score.signature


@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [
        ("Ein Mann, der läuft.", "ein mann , der läuft ."),
        # "Bart." is an abbreviation to Moses, "bart." is not.
        ("Er rasiert seinen Bart.", "er rasiert seinen bart ."),
        ("Auf dem T-Shirt steht „Eins“.", 'auf dem t-shirt steht " eins " .'),
        ("Kids' McDonald's-Menü", "kids ' mcdonald ' s-menü"),
        ("Die # 8 (in Blau)", "die # 8 ( in blau )"),
        ("", ""),
    ],
)
def test_moses_tokens(sentence, tokens):
    assert moses_tokenize([sentence], "de") == [tokens]


def test_literature_bleu_ignores_case_and_quote_marks():
    score = literature_bleu(
        ["Auf dem hemd steht „eins“ in Rot."], ['Auf dem Hemd steht "Eins" in rot.']
    )
    assert score.metric == "bleu_literature"
    assert score.value == pytest.approx(100)


def test_literature_bleu_is_not_smoothed():
    assert bleu(["Ein Hund läuft da"], ["Ein Hund schläft hier"]).value > 0
    score = literature_bleu(["Ein Hund läuft da"], ["Ein Hund schläft hier"])
    assert score.value == 0


def test_literature_signature():
    signature = literature_bleu([HYPOTHESIS], [REFERENCE], language="de").signature
    assert signature.startswith("nrefs:1|case:lc|eff:no|tok:none|smooth:none|")
    assert signature.endswith("|moses:lc.norm.tok.de|reftokens:9")


def test_missing_sacremoses_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacremoses", None)
    metrics._moses.cache_clear()
    with pytest.raises(ImportError, match=r"attention-zoo\[moses\]"):
        literature_bleu([HYPOTHESIS], [REFERENCE])


@pytest.mark.parametrize("metric", [bleu, chrf, literature_bleu])
def test_bad_input(metric):
    with pytest.raises(ValueError, match="2 hypotheses and 1 references"):
        metric([HYPOTHESIS, HYPOTHESIS], [REFERENCE])
    with pytest.raises(ValueError, match="nothing to score"):
        metric([], [])
    with pytest.raises(TypeError, match="hypotheses must be a list"):
        metric(HYPOTHESIS, [REFERENCE])
    with pytest.raises(TypeError, match=r"references\[0\] must be a string.*bytes"):
        metric([HYPOTHESIS], [REFERENCE.encode()])
