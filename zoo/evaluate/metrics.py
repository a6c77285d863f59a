"""How close translations are to their references: BLEU in two conventions, chrF.

Reference: Papineni et al. 2002; Post 2018; Popović 2015.
"""

import dataclasses
import functools

import sacrebleu


@dataclasses.dataclass(frozen=True)
class Score:
    """A metric's name, its value (0 to 100), and what one must know to repeat it."""

    metric: str
    value: float
    signature: str


def bleu(hypotheses, references):
    """Cased BLEU with the 13a tokeniser, on text as a reader sees it.

    Args:
        hypotheses: list of strings.
        references: list of strings, one for each hypothesis.

    Returns:
        A `Score` with sacreBLEU's signature.
    """
    _check(hypotheses, references)
    return _score("bleu", sacrebleu.BLEU(), hypotheses, references)


def chrf(hypotheses, references):
    """chrF: the F2 score of character 6-grams.

    Args:
        hypotheses: list of strings.
        references: list of strings, one for each hypothesis.

    Returns:
        A `Score` with sacreBLEU's signature.
    """
    _check(hypotheses, references)
    return _score("chrf", sacrebleu.CHRF(), hypotheses, references)


def literature_bleu(hypotheses, references, language="de"):
    """BLEU as the literature on Multi30k reports it.

    Lowercased, punctuation normalised and tokenised by Moses' rules, in the order
    of the corpus' own scripts; then BLEU over these tokens, without smoothing.
    Higher than `bleu` by a point or two: compare it with published figures only.

    Args:
        hypotheses: list of strings.
        references: list of strings, one for each hypothesis.
        language: string. Two-letter code of the target language.

    Returns:
        A `Score`, whose signature ends with the number of reference tokens
        (12,103 for test_2016_flickr in German, as published).
    """
    _check(hypotheses, references)
    hypotheses = moses_tokenize(hypotheses, language)
    references = moses_tokenize(references, language)
    metric = sacrebleu.BLEU(
        tokenize="none", lowercase=True, smooth_method="none", force=True
    )
    score = _score("bleu_literature", metric, hypotheses, references)
    tokens = sum(len(line.split()) for line in references)
    return dataclasses.replace(
        score,
        signature=f"{score.signature}|moses:lc.norm.tok.{language}|reftokens:{tokens}",
    )


def moses_tokenize(sentences, language):
    """Lowercases, then normalises and tokenises as Moses does.

    Args:
        sentences: list of strings.
        language: string. Two-letter code, for its abbreviations and quotes.

    Returns:
        A list of strings, their tokens separated by single spaces.
    """
    normalizer, tokenizer = _moses(language)
    # Lowercased first: of "Bart." Moses makes an abbreviation, of "bart." a word.
    return [
        " ".join(
            tokenizer.tokenize(normalizer.normalize(sentence.lower()), escape=False)
        )
        for sentence in sentences
    ]


@functools.lru_cache
def _moses(language):
    try:
        import sacremoses
    except ImportError:
        raise ImportError(
            "BLEU in the literature's convention needs sacremoses, which is not "
            'installed: pip install "attention-zoo[moses]"'
        ) from None
    return (
        sacremoses.MosesPunctNormalizer(lang=language),
        sacremoses.MosesTokenizer(lang=language),
    )


def _score(name, metric, hypotheses, references):
    value = metric.corpus_score(hypotheses, [references]).score
    return Score(name, value, str(metric.get_signature()))


def _check(hypotheses, references):
    for name, sentences in (("hypotheses", hypotheses), ("references", references)):
        if isinstance(sentences, str):
            raise TypeError(
                f"{name} must be a list of strings. Received one string: "
                f"{sentences!r:.100}"
            )
        for i, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                raise TypeError(
                    f"{name}[{i}] must be a string. Received: {sentence!r:.100} of "
                    f"type {type(sentence).__name__}"
                )
    if len(hypotheses) != len(references):
        raise ValueError(
            "There must be one reference for each hypothesis. Received: "
            f"{len(hypotheses)} hypotheses and {len(references)} references."
        )
    if not references:
        raise ValueError("There is nothing to score: both lists are empty.")
