"""Letter-sized models, each as a step function and once more in plain numpy."""

import types

import numpy as np
import pytest
from keras import ops

PAD, START, END = 0, 1, 2
TOKENS = {"pad_token_id": PAD, "start_token_id": START, "end_token_id": END}


class Table:
    """The odds of a letter hang on the two before it, and on the sentence."""

    def __init__(self, seed, batch=1, vocabulary=4, scale=2.0):
        draw = np.random.default_rng(seed)
        self.vocabulary = vocabulary
        shape = (vocabulary, vocabulary, vocabulary)
        self.table = draw.normal(0, scale, shape).astype("float32")
        bias = draw.normal(0, 1, (batch, 1, vocabulary)).astype("float32")
        self.memory = {"bias": bias}
        self.state = {"previous": np.full((batch, 1), PAD, "int32")}

    def step(self, tokens, state, memory):
        rows = ops.reshape(self.table, (-1, self.vocabulary))
        logits = ops.take(rows, state["previous"] * self.vocabulary + tokens, axis=0)
        return logits + memory["bias"], {"previous": tokens}, None

    def oracle(self, sentence, history):
        """Logits and alignment after the tokens of `history`, start included."""
        previous, token = [PAD, *history][-2:]
        return self.table[previous, token] + self.memory["bias"][sentence, 0], None


class Reader:
    """Attends to a masked source with a state made of all letters before."""

    units = 6

    def __init__(self, seed, batch=1, vocabulary=4, source=5, lengths=None):
        draw = np.random.default_rng(seed)
        self.vocabulary = vocabulary

        def normal(*shape):
            return draw.normal(0, 1, shape).astype("float32")

        self.letters = normal(vocabulary, self.units)
        self.logits = normal(self.units, vocabulary)
        lengths = np.array([source] * batch if lengths is None else lengths)
        self.memory = {
            "keys": normal(batch, source, self.units),
            "values": normal(batch, source, vocabulary) * 2,
            "mask": np.arange(source) < lengths[:, None],
        }
        self.state = [normal(batch, 1, self.units)]

    def step(self, tokens, state, memory):
        hidden = 0.6 * state[0] + ops.take(self.letters, tokens, axis=0)
        scores = ops.matmul(hidden, ops.transpose(memory["keys"], (0, 2, 1)))
        mask = ops.expand_dims(memory["mask"], 1)
        alignment = ops.softmax(ops.where(mask, scores, -1e9))
        logits = ops.matmul(alignment, memory["values"])
        return logits + ops.matmul(hidden, self.logits), [hidden], alignment

    def oracle(self, sentence, history):
        memory = {name: values[sentence] for name, values in self.memory.items()}
        hidden = self.state[0][sentence, 0]
        for token in history:
            hidden = 0.6 * hidden + self.letters[token]
        scores = np.exp(memory["keys"] @ hidden) * memory["mask"]
        alignment = scores / scores.sum()
        return alignment @ memory["values"] + hidden @ self.logits, alignment

    def alone(self, sentence):
        """The memory and state of one sentence without its padding."""
        length = self.memory["mask"][sentence].sum()
        one = slice(sentence, sentence + 1)
        memory = {name: values[one, :length] for name, values in self.memory.items()}
        return memory, [self.state[0][one]]


def log_softmax(logits):
    logits = np.asarray(logits, "float64")
    return logits - np.logaddexp.reduce(logits)


def rescore(model, sentence, tokens):
    """Log-probability of an output, and its alignments, token by token."""
    total, alignments = 0.0, []
    for place, token in enumerate(tokens):
        logits, alignment = model.oracle(sentence, [START, *tokens[:place]])
        total += log_softmax(logits)[token]
        alignments.append(alignment)
    return total, alignments


def every_output(model, sentence, limit):
    """All (log-probability, tokens) that end, or reach the limit."""

    def grow(tokens, total):
        if len(tokens) == limit or tokens[-1:] == [END]:
            yield total, tokens
            return
        logits, _ = model.oracle(sentence, [START, *tokens])
        for token, log_probability in enumerate(log_softmax(logits)):
            yield from grow([*tokens, token], total + log_probability)

    return list(grow([], 0.0))


def search(method, model, **options):
    """Runs a search; its result as numpy arrays."""
    options = {"memory": model.memory, "state": model.state, **TOKENS, **options}
    memory, state = options.pop("memory"), options.pop("state")
    result = method(model.step, state, memory, **options)
    return {name: ops.convert_to_numpy(value) for name, value in result.items()}


def hypotheses(result, sentence):
    """The token lists of a sentence's hypotheses."""
    rows = zip(result["token_ids"][sentence], result["lengths"][sentence], strict=True)
    return [ids[:length].tolist() for ids, length in rows]


@pytest.fixture(scope="session")
def toys():
    return types.SimpleNamespace(
        Table=Table,
        Reader=Reader,
        END=END,
        TOKENS=TOKENS,
        log_softmax=log_softmax,
        rescore=rescore,
        every_output=every_output,
        search=search,
        hypotheses=hypotheses,
    )
