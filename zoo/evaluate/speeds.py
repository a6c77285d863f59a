"""Measured speeds as a table."""

from zoo.card import ARTIFACTS

HEADER = [
    "SYSTEM",
    "RUN BY",
    "BEAM",
    "BATCH",
    "MEASURED",
    "MEDIAN",
    "MIN TO MAX",
    "BLEU",
    "MB",
]
_MEASURED = {
    "training": {"target_tokens_per_second": "training, target tokens/s"},
    "translation": {
        "sentences_per_second": "sentences/s",
        "output_tokens_per_second": "output tokens/s",
    },
    "start_up": {"first_line_seconds": "start-up, s"},
}


def rows(measurements):
    """Rows of strings under `HEADER`, one for each speed.

    Args:
        measurements: list of dicts, as `zoo.evaluate.benchmark.benchmark` gives them.
    """
    lines = []
    for found in measurements:
        scores = {score["metric"]: score["value"] for score in found.get("scores", ())}
        for name, title in _MEASURED[found["measurement"]].items():
            speed = found[name]
            lines.append(
                [
                    found["system"],
                    ARTIFACTS.get(found["artifact"], found["artifact"]),
                    str(found.get("beam_size", "")),
                    str(found.get("batch_size", "")),
                    title,
                    _digits(speed["median"]),
                    f"{_digits(speed['min'])} to {_digits(speed['max'])}",
                    f"{scores['bleu']:.2f}" if "bleu" in scores else "",
                    f"{found['peak_memory_mb']:.0f}",
                ]
            )
    return lines


def _digits(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
