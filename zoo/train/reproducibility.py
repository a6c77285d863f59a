"""Seeds, threads and deterministic kernels, set before anything is computed."""

import keras


def configure(seed, threads=None, deterministic=False):
    """Makes a run repeatable.

    Args:
        seed: of Python, NumPy and the backend.
        threads: TensorFlow's threads, within and between operators; None: its own
            choice. To be set before TensorFlow has computed anything.
        deterministic: whether operators must give the same bits every time. With one
            thread on a CPU, a run then ends with the same weights whenever it is
            repeated, and however often it is interrupted.

    Raises:
        RuntimeError: when TensorFlow has already started with other threads.
    """
    keras.utils.set_random_seed(seed)
    if keras.config.backend() != "tensorflow":
        return
    import tensorflow as tf

    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
