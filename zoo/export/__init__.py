"""Writing a model for use without this project: SavedModel and LiteRT."""


def write(model, filepath, format="tf_saved_model", **kwargs):
    """Writes `model` to `filepath` and checks what was written against Keras.

    Args:
        model: a model that keeps the start/step contract, with its preprocessor.
        filepath: the folder (SavedModel) or file (LiteRT) to write.
        format: `"tf_saved_model"` or `"litert"`.
        **kwargs: as `zoo.export.saved_model.write_saved_model` and
            `zoo.export.litert.write_litert` take them.

    Returns:
        The `zoo.export.parity.ParityReport` of the check.

    Raises:
        ValueError: for an unknown format.
    """
    if format == "litert":
        from zoo.export.litert import write_litert

        return write_litert(model, filepath, **kwargs)
    if format == "tf_saved_model":
        from zoo.export.saved_model import write_saved_model

        return write_saved_model(model, filepath, **kwargs)
    raise ValueError(
        f"Expected format 'tf_saved_model' or 'litert', got {format!r}. For a folder "
        "that this project loads again, use model.save_to_preset(...)."
    )
