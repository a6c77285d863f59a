"""Multi30k: English image descriptions with German, French and Czech translations."""

import gzip

import requests
import tensorflow_datasets as tfds
from absl import logging
from etils import epath

HOMEPAGE = "https://github.com/multi30k/dataset"
URL = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
LICENSE = (
    "Research and education, non-commercial. The descriptions derive from Flickr30k, "
    "whose photographs belong to their authors on Flickr."
)
CITATION = (
    "Elliott et al. 2016 (doi.org/10.18653/v1/W16-3210), "
    "Elliott et al. 2017 (doi.org/10.18653/v1/W17-4718), "
    "Barrault et al. 2018 (doi.org/10.18653/v1/W18-6402)"
)

PAIRS = ("en_de", "en_fr", "en_cs", "de_en", "fr_en", "cs_en")

# Split: the stem of its file names, and the languages it was published in.
_SPLITS = {
    "train": ("train", ("en", "de", "fr", "cs")),
    "validation": ("val", ("en", "de", "fr", "cs")),
    "test_2016_flickr": ("test_2016_flickr", ("en", "de", "fr", "cs")),
    "test_2017_flickr": ("test_2017_flickr", ("en", "de", "fr")),
    "test_2017_mscoco": ("test_2017_mscoco", ("en", "de", "fr")),
    "test_2018_flickr": ("test_2018_flickr", ("en", "de", "fr", "cs")),
}

# Where the raw files may lie below a folder: in the folder itself, in the folders
# that the public repository has above them, or in a clone of that repository.
_PLACES = ("", "raw", "task1/raw", "data/task1/raw", "multi30k/task1/raw")


def published_files(pair):
    """Returns `{split: (source file name, target file name)}` of a language pair."""
    languages = pair.split("_")
    return {
        split: tuple(f"{stem}.{language}.gz" for language in languages)
        for split, (stem, published) in _SPLITS.items()
        if set(languages) <= set(published)
    }


def local_files(folder, pair):
    """Returns `{split: (source path, target path)}` of what lies in `folder`.

    `folder` is the folder of raw files or one above it (`task1`, the one that holds
    `task1`, its parent, or a clone of the public repository). Splits of which a file
    is absent are left out; the result is empty when no split is there.
    """
    for place in _PLACES:
        found = {}
        for split, names in published_files(pair).items():
            paths = tuple(epath.Path(folder) / place / name for name in names)
            absent = [path.name for path in paths if not path.exists()]
            if not absent:
                found[split] = paths
            elif len(absent) == 1:
                logging.warning(
                    "%s is not in %s: the split %s is left out.",
                    absent[0],
                    paths[0].parent,
                    split,
                )
        if found:
            return found
    return {}


def recorded_sha256(file_name):
    """Returns the SHA-256 recorded for a published file, or None without one."""
    info = Builder.url_infos.get(f"{URL}/{file_name}")
    return info and info.checksum


class Builder(tfds.core.GeneratorBasedBuilder):
    """TFDS builder of Multi30k, task 1: one translation of each description."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(
            name=pair, description="From {} to {}.".format(*pair.split("_"))
        )
        for pair in PAIRS
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    Only needed without a network. Copy the files of data/task1/raw in
    https://github.com/multi30k/dataset (train.en.gz, train.de.gz, val.en.gz, ...)
    into manual_dir/task1/raw or into manual_dir itself. Splits whose files are
    absent are left out.
    """
    pkg_dir_path = epath.Path(__file__).parent

    def _info(self):
        languages = tuple(self.builder_config.name.split("_"))
        return self.dataset_info_from_configs(
            features=tfds.features.Translation(languages=languages),
            supervised_keys=languages,
            homepage=HOMEPAGE,
            license=LICENSE,
            # The n-th example is the n-th line, as in the files of everybody else's
            # translations of these sets.
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        files = self._manual_files(dl_manager) or self._download(dl_manager)
        return {
            split: self._generate_examples(*paths) for split, paths in files.items()
        }

    def _manual_files(self, dl_manager):
        try:
            folder = dl_manager.manual_dir
        except AssertionError:  # TFDS: there is no such folder, or it is empty.
            return {}
        pair = self.builder_config.name
        files = local_files(folder, pair)
        # TFDS's default folder is shared by all datasets, so that finding nothing
        # there means nothing; a folder that was asked for has to hold the files.
        if not files and folder != dl_manager.download_dir / "manual":
            source, target = published_files(pair)["train"]
            raise FileNotFoundError(
                f"No split of multi30k/{pair} is complete in {folder}: expected files "
                f"such as {source} and {target} in it or in task1/raw below it. Copy "
                f"them from {URL}, or leave the manual folder out to download them."
            )
        return files

    def _download(self, dl_manager):
        urls = {
            split: tuple(f"{URL}/{name}" for name in names)
            for split, names in published_files(self.builder_config.name).items()
        }
        _check_network()
        files = dl_manager.download(urls)
        for split, pair in urls.items():
            for url, path in zip(pair, files[split], strict=True):
                if url not in self.url_infos:
                    logging.warning(
                        "%s was not verified: no checksum is recorded for it. "
                        "The SHA-256 of the file that came is %s.",
                        url,
                        tfds.core.download.checksums.compute_url_info(path).checksum,
                    )
        return files

    def _generate_examples(self, source_path, target_path):
        sources, targets = _read_lines(source_path), _read_lines(target_path)
        if len(sources) != len(targets):
            raise ValueError(
                f"{source_path} has {len(sources)} lines and {target_path} has "
                f"{len(targets)}: they are not aligned. Fetch both again from {URL}."
            )
        source_language, target_language = self.builder_config.name.split("_")
        for line, (source, target) in enumerate(zip(sources, targets, strict=True)):
            yield line, {source_language: source, target_language: target}


def _check_network():
    """Fails at once where TFDS would go on trying each file for minutes."""
    try:
        requests.head(URL, timeout=30)
    except requests.exceptions.SSLError:
        pass  # It was reached; whether its certificate matters is TFDS's to decide.
    except (requests.ConnectionError, requests.Timeout) as error:
        raise ConnectionError(
            f"{URL} could not be reached: {error}. Without a network, fetch the files "
            "elsewhere and name their folder as manual_dir (--manual-dir)."
        ) from error


def _read_lines(path):
    text = gzip.decompress(epath.Path(path).read_bytes()).decode("utf-8")
    return text.removesuffix("\n").split("\n")
