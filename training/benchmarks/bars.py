"""The zoo's medians as shares of the other toolkits'."""


def compare(measurements):
    """Ratios that tell who is faster, where both sides have been measured.

    Args:
        measurements: list of dicts, each with its `system`.

    Returns:
        A dict: what is compared -> the ratio.
    """
    speed, training = "target_tokens_per_second", {"measurement": "training"}
    found = {
        f"training, target tokens/s: zoo / {peer}": (
            (speed, "attention-zoo", training),
            (speed, peer, training),
        )
        for peer in ("opennmt-tf", "opennmt-tf-tied", "marian")
    }
    found["start-up, seconds: zoo / marian"] = (
        ("first_line_seconds", "attention-zoo", {"measurement": "start_up"}),
        ("first_line_seconds", "marian", {"measurement": "start_up"}),
    )
    speed = "output_tokens_per_second"
    for beam_size in (1, 5):
        float32 = {"artifact": "float32", "beam_size": beam_size, "batch_size": 32}
        int8 = {"artifact": "int8", "beam_size": beam_size, "batch_size": 1}
        for artifact in ("keras", "saved_model"):
            ours = {"artifact": artifact, "beam_size": beam_size}
            name = f"beam {beam_size}, batch 32, tokens/s: {artifact} / marian float32"
            found[name] = (speed, "attention-zoo", ours), (speed, "marian", float32)
        ours = {"artifact": "litert_int8", "beam_size": beam_size}
        # Times are the other way round than speeds.
        name = f"beam {beam_size}, one sentence, seconds a token: LiteRT / marian int8"
        found[name] = (speed, "marian", int8), (speed, "attention-zoo", ours)
    ratios = {}
    for name, (over, under) in found.items():
        numbers = [_median(measurements, *side) for side in (over, under)]
        if None not in numbers:
            ratios[name] = round(numbers[0] / numbers[1], 3)
    return ratios


def _median(measurements, name, system, entries):
    wanted = {"system": system, **entries}
    for found in measurements:
        if name in found and wanted.items() <= found.items():
            return found[name]["median"]
    return None
