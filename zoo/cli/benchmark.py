import dataclasses
import enum
import json
import pathlib
import sys
from typing import Annotated

import typer

from zoo import catalog
from zoo.card import CARD_FILE, Card
from zoo.cli.columns import columns
from zoo.cli.errors import ExitCode, Refusal, refusing
from zoo.cli.outputs import output
from zoo.cli.train import list_recipes, load_recipe


class Configuration(enum.StrEnum):
    """What is trained when the speed of training is measured."""

    RECIPE = "recipe"
    PEERS = "peers"


def benchmark(
    data: Annotated[
        str,
        typer.Option(
            help="Sentence pairs: multi30k/en_de, tfds:NAME/CONFIG, a .tsv or .jsonl "
            "file, two files 'test.en,test.de', or a folder with train and test "
            "files.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Argument(
            help="A name from `zoo list`, or a preset folder. Default: bahdanau_nmt, "
            "or with --configuration peers an untrained model.",
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help="What is translated, e.g. test_2016_flickr.")
    ] = "test",
    data_dir: Annotated[
        pathlib.Path | None,
        typer.Option(help="The folder where a named dataset lies."),
    ] = None,
    source_language: Annotated[
        str | None, typer.Option(help="E.g. en, where the data does not say.")
    ] = None,
    target_language: Annotated[
        str | None, typer.Option(help="E.g. de, where the data does not say.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Translate the first so many sentences.")
    ] = None,
    repeats: Annotated[
        int, typer.Option(min=1, help="Runs of each measurement; the median counts.")
    ] = 5,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps of training in one run.")
    ] = 50,
    threads: Annotated[
        int,
        typer.Option(min=1, help="Of each measurement, bound to as many cores."),
    ] = 1,
    only: Annotated[
        str | None,
        typer.Option(
            help="Some of training,keras,saved_model,litert,start_up. Default: all; "
            "for an untrained model training.",
        ),
    ] = None,
    configuration: Annotated[
        Configuration,
        typer.Option(
            help="Batches and loss of training: recipe takes those of the model's "
            "recipe, peers those of the comparison with other toolkits."
        ),
    ] = Configuration.RECIPE,
    peers: Annotated[
        str | None,
        typer.Option(
            help="Compare with these toolkits, some of marian,opennmt-tf: installs "
            "them, trains all alike, measures all. Takes hours; needs --work and a "
            "checkout of the project.",
        ),
    ] = None,
    work: Annotated[
        pathlib.Path | None,
        typer.Option(
            help="With --peers: the folder for all that is installed and trained. An "
            "interrupted run goes on in it.",
        ),
    ] = None,
    file: Annotated[
        pathlib.Path | None,
        typer.Option("--json", help="Write everything, the machine too, to this file."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file of --json.")
    ] = False,
):
    """Measure training, decoding and start-up, with memory and scores.

    Each measurement runs in a process of its own, bound to as many cores as it has
    threads. Exports are made for it in a temporary folder. Tokens are target pieces,
    the ends of sentences included. Progress is on standard error.

    \b
    zoo benchmark --data multi30k/en_de --split test_2016_flickr --json speed.json
    zoo benchmark --data multi30k/en_de --configuration peers
    """
    where = {
        "source_language": source_language,
        "target_language": target_language,
        "data": data_dir,
    }
    with output(file, force) as results:
        if peers is not None:
            if model is not None:
                raise typer.BadParameter(
                    "the comparison trains its own models: leave it out.",
                    param_hint="MODEL",
                )
            options = {
                "peers": peers,
                "work": work,
                "data": data,
                "data-dir": data_dir,
                "split": split,
                "limit": limit,
                "repeats": repeats,
                "steps": steps,
                "threads": threads,
                "json": results,
            }
            _compare({n: v for n, v in options.items() if v is not None})
            return
        from zoo.evaluate import benchmark as measuring
        from zoo.evaluate import speeds
        from zoo.evaluate.jobs import Sizes

        untrained = model is None and configuration == Configuration.PEERS
        parts = _parts(only, untrained)
        subject = Sizes() if untrained else model or "bahdanau_nmt"
        with refusing(ExitCode.MODEL):
            settings = _settings(subject, configuration)
        test = train = None
        if set(parts) != {"training"}:
            test = _read(data, split, where, limit)
        if untrained or "training" in parts:
            train = _read(data, "train", where)
        found = measuring.benchmark(
            subject,
            test=test,
            train=train,
            parts=parts,
            settings=settings,
            repeats=repeats,
            steps=steps,
            threads=threads,
            report=lambda line: typer.echo(line, err=True),
        )
        if results is not None:
            text = json.dumps(found, indent=2, ensure_ascii=False)
            results.write_text(f"{text}\n", encoding="utf-8")
    typer.echo(columns(speeds.HEADER, speeds.rows(found["measurements"])))


def _parts(only, untrained):
    from zoo.evaluate.jobs import PARTS

    if only is None:
        return ("training",) if untrained else PARTS
    parts = [part.strip() for part in only.split(",")]
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise typer.BadParameter(
            f"expected some of {','.join(PARTS)}. Received: {only}", param_hint="--only"
        )
    return parts


def _settings(model, configuration):
    """The `TrainingSettings` of the model's recipe, or those of the comparison."""
    from zoo.evaluate.jobs import Sizes, TrainingSettings

    if isinstance(model, Sizes):
        return TrainingSettings()
    folder = catalog.folder(model)
    if configuration == Configuration.PEERS or not (folder / CARD_FILE).is_file():
        return TrainingSettings()
    name = pathlib.PurePath(Card.read(folder).recipe).stem
    if name not in list_recipes():
        return TrainingSettings()
    recipe = load_recipe(name).Settings()
    return TrainingSettings(
        **{
            field.name: getattr(recipe, field.name)
            for field in dataclasses.fields(TrainingSettings)
            if hasattr(recipe, field.name)
        }
    )


def _read(data, split, where, limit=None):
    from zoo.data import read_parallel_text

    with refusing(ExitCode.INPUT):
        text = read_parallel_text(data, split, **where)
    return dataclasses.replace(
        text, sources=text.sources[:limit], targets=text.targets[:limit]
    )


def _compare(options):
    """Runs the comparison with other toolkits, a script beside the library."""
    import subprocess

    from zoo.evaluate import processes

    script = catalog.resource("training", "benchmarks", "peers.py")
    if not script.is_file():
        raise Refusal(
            ExitCode.FAILURE,
            "The comparison with other toolkits is in the project's repository, "
            "training/benchmarks: run it from a checkout.",
        )
    if "work" not in options:
        raise typer.BadParameter(
            "name the folder to install and train in.", param_hint="--work"
        )
    command = [sys.executable, str(script)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    environment = processes.environment(options["threads"])
    if subprocess.run(command, env=environment).returncode:
        raise Refusal(ExitCode.FAILURE, "The comparison did not come to its end.")
