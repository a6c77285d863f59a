import keras


def compiled(function, model):
    """A function of tensors that reads the model's weights, compiled for the backend.

    With TensorFlow it is traced once per structure and rank, for all sizes; with JAX
    once per shape. The weights are read at every call, so training goes on to count.

    Args:
        function: takes and returns (nested) tensors.
        model: the Keras model whose variables the function reads.
    """
    if keras.config.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=True)
    if keras.config.backend() == "jax":
        import jax

        @jax.jit
        def stateless(values, *args):
            mapping = list(zip(model.variables, values, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                return function(*args)

        return lambda *args: stateless([v.value for v in model.variables], *args)
    raise RuntimeError(
        f"Decoding runs on Keras's 'tensorflow' and 'jax' backends, not on "
        f"{keras.config.backend()!r}: set KERAS_BACKEND to one of them."
    )
