"""The TFDS builders of `datasets/`, loaded by path and prepared in Python."""

import difflib
import importlib.machinery
import importlib.util
import pathlib
import sys

from zoo import catalog


def list_datasets():
    """Names of the datasets that have a builder here, in alphabetical order."""
    builders = catalog.resource("datasets").glob("*/*_dataset_builder.py")
    return sorted(path.parent.name for path in builders)


def builder_module(name):
    """The module of a dataset's TFDS builder.

    Its folder is no package, so the file is loaded by path, once. TensorFlow stays
    unimported until a builder reads or writes records.

    Args:
        name: string. One of `list_datasets()`.

    Returns:
        The module, whose `Builder` is then registered with TFDS, so that
        `tfds.load(name)` works too.
    """
    names = list_datasets()
    if name not in names:
        raise ValueError(
            f"There is no dataset {name!r}.{did_you_mean(name, names)} Datasets: "
            f"{', '.join(names) or 'none installed'}. Sets of TFDS itself are read as "
            "'tfds:NAME/CONFIG' and need no preparing."
        )
    path = catalog.resource("datasets", name, f"{name}_dataset_builder.py")
    if path.stem not in sys.modules:
        loader = importlib.machinery.SourceFileLoader(path.stem, str(path))
        spec = importlib.machinery.ModuleSpec(path.stem, loader, origin=str(path))
        spec.has_location = True
        module = importlib.util.module_from_spec(spec)
        # TFDS looks a builder's own files up through sys.modules.
        sys.modules[path.stem] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[path.stem]
            raise
    return sys.modules[path.stem]


def prepare(name, data_dir=None, manual_dir=None, config=None, overwrite=False):
    """Downloads a dataset, or finds its files in a folder, and writes its records.

    Args:
        name: string. One of `list_datasets()`, also with its config behind a slash:
            `"multi30k/en_de"`.
        data_dir: string or path. Where the records go; TFDS's own default
            (`~/tensorflow_datasets`) when None.
        manual_dir: string or path. A folder that holds the dataset's files; they
            are downloaded when None.
        config: string. The builder's config; its first one when None.
        overwrite: bool. Whether records that are already there are written anew
            (downloads are kept). Otherwise they are left as they are.

    Returns:
        The prepared `tfds.core.DatasetBuilder`.

    Example:

    ```python
    builder = zoo.data.prepare.prepare("multi30k/en_de", data_dir="records")
    builder.as_dataset(split="train", as_supervised=True)
    ```
    """
    if manual_dir is not None:
        manual_dir = pathlib.Path(manual_dir).expanduser()
        if not manual_dir.is_dir() or not any(manual_dir.iterdir()):
            raise FileNotFoundError(
                f"The manual folder {manual_dir} does not exist or is empty. Name the "
                f"folder that holds the files of {name}, or none to download them."
            )
    builder = _builder(name, data_dir, config)

    import tensorflow_datasets as tfds

    mode = tfds.download.GenerateMode
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=manual_dir,
            download_mode=(
                mode.REUSE_CACHE_IF_EXISTS
                if overwrite
                else mode.REUSE_DATASET_IF_EXISTS
            ),
        )
    )
    return builder


def did_you_mean(name, names):
    """A hint at the names nearest to an unknown one, or an empty string."""
    near = difflib.get_close_matches(name, names)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _builder(name, data_dir, config):
    name, _, named_config = name.partition("/")
    if config and named_config and config != named_config:
        raise ValueError(
            f"The name says config {named_config!r} and config= says {config!r}. "
            "Give one of them."
        )
    config = config or named_config or None
    builder_class = builder_module(name).Builder
    configs = list(builder_class.builder_configs)
    if config is not None and config not in configs:
        raise ValueError(
            f"The dataset {name} has no config {config!r}."
            f"{did_you_mean(config, configs)} Configs: {', '.join(configs) or 'none'}."
        )
    return builder_class(data_dir=data_dir, config=config)
