import keras


def save_half(model, folder):
    """Saves a task as a preset with float16 weights, half the size.

    What is loaded from it has the rounded weights in the precision that Keras is set
    to, float32 by default. The files are written into `folder`, which must exist.

    Args:
        model: a `keras_hub.models.Task`.
        folder: path of the preset's folder.

    Raises:
        ValueError: when a weight is too large for float16.
    """
    config = {**model.backbone.get_config(), "dtype": "float16"}
    backbone = type(model.backbone).from_config(config)
    for rounded, weight in zip(backbone.weights, model.backbone.weights, strict=True):
        value = keras.ops.convert_to_numpy(weight)
        if abs(value).max(initial=0) > 65504:
            raise ValueError(
                f"The weight {weight.path} reaches {abs(value).max():.0f}, float16 "
                "ends at 65504. Save in full precision: model.save_to_preset(folder)."
            )
        rounded.assign(value)
    type(model)(backbone, model.preprocessor).save_to_preset(str(folder))
