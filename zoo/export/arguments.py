"""What exports ask of a model and of their arguments."""

import difflib

import keras


def check_model(model):
    """Returns the model's preprocessor, once the model is seen to be exportable."""
    if keras.config.backend() != "tensorflow":
        raise RuntimeError(
            "Exports need Keras's 'tensorflow' backend, this process runs on "
            f"{keras.config.backend()!r}. Save the model with save_to_preset, and "
            "export it in a process with KERAS_BACKEND=tensorflow."
        )
    if getattr(model, "preprocessor", None) is None:
        raise ValueError(
            f"{model.name} has no preprocessor, and exports carry its tokenizer. Set "
            "model.preprocessor first."
        )
    kinds = {model.backbone.compute_dtype, *(weight.dtype for weight in model.weights)}
    if kinds != {"float32"}:
        raise ValueError(
            f"Expected a model in float32, got {', '.join(sorted(kinds))}. Load it "
            'again after keras.config.set_dtype_policy("float32").'
        )
    return model.preprocessor


def check_choice(name, value, choices):
    """Refuses a value that is none of `choices`."""
    if value in choices:
        return
    near = difflib.get_close_matches(str(value), [str(choice) for choice in choices])
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(
        f"`{name}` is one of {', '.join(map(repr, choices))}, got {value!r}.{hint}"
    )


def check_length(name, value, limit, default=None):
    """A length within the model's limit; without a value the default, or the limit."""
    if value is None:
        return min(default or limit, limit)
    if not isinstance(value, int) or not 1 <= value <= limit:
        raise ValueError(
            f"`{name}` must be an integer from 1 to the preprocessor's {limit}, got "
            f"{value!r}."
        )
    return value
