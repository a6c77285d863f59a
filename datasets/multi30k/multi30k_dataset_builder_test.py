"""TFDS's own test case, on dummy data written for it."""

import tensorflow_datasets as tfds

from zoo.data.prepare import builder_module

Builder = builder_module("multi30k").Builder


class GermanAndFrenchTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["en_de", "en_fr", "de_en", "fr_en"]
    SPLITS = {
        "train": 3,
        "validation": 2,
        "test_2016_flickr": 2,
        "test_2017_flickr": 1,
        "test_2017_mscoco": 1,
        "test_2018_flickr": 1,
    }


class CzechTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["en_cs", "cs_en"]
    SPLITS = {
        "train": 3,
        "validation": 2,
        "test_2016_flickr": 2,
        "test_2018_flickr": 1,
    }


if __name__ == "__main__":
    tfds.testing.test_main()
