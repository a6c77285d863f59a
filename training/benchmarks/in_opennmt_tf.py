"""Measures OpenNMT-tf's decoding; runs in the environment that has it.

A measuring program: see `zoo.evaluate.processes`.
"""

import time

from zoo.evaluate.measurement import decoding_speed
from zoo.evaluate.processes import serve


def translation(configuration, sources, beam_size, batch_size, repeats, threads):
    """Sentences and output tokens a second, and what was written, in pieces.

    As `zoo.evaluate.measurement.translation`: a pass that is not timed, then the
    timed ones, over batches of sentences of like length.

    Args:
        configuration: OpenNMT-tf's run configuration.
        sources: file of pieces, a sentence a line.
        beam_size, batch_size, repeats, threads: ints.
    """
    import opennmt
    import tensorflow as tf
    from opennmt.utils.checkpoint import Checkpoint

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = opennmt.config.load_model(configuration["model_dir"])
    model.initialize(
        configuration["data"], {**configuration["params"], "beam_width": beam_size}
    )
    restored = Checkpoint.from_config(configuration, model).restore(weights_only=True)
    if restored is None:
        raise RuntimeError(f"{configuration['model_dir']} holds no trained model.")
    dataset = model.examples_inputter.make_inference_dataset(
        sources, batch_size, length_bucket_width=5
    )
    infer = tf.function(model.infer, input_signature=(dataset.element_spec,))

    def translate():
        lines = {}
        for features in dataset:
            found = {name: tensor.numpy() for name, tensor in infer(features).items()}
            best = zip(
                found["index"], found["tokens"][:, 0], found["length"][:, 0],
                strict=True,
            )  # fmt: skip
            for index, tokens, length in best:
                lines[int(index)] = b" ".join(tokens[:length]).decode("utf-8")
        return [lines[index] for index in sorted(lines)]

    lines = translate()
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        translate()
        seconds.append(time.perf_counter() - begun)
    # The ends of sentences, which are no pieces, are output too.
    tokens = sum(len(line.split()) + 1 for line in lines)
    return {**decoding_speed(seconds, len(lines), tokens), "translations": lines}


if __name__ == "__main__":
    serve(translation)
