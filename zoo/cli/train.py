import importlib.machinery
import importlib.util
import pathlib
import sys
from typing import Annotated

import typer

from zoo import catalog
from zoo.cli import settings as recipe_settings
from zoo.cli.columns import columns
from zoo.cli.errors import ExitCode, Refusal
from zoo.cli.quiet import quiet


def train(
    name: Annotated[
        str | None, typer.Argument(help="A recipe; see `zoo train --list`.")
    ] = None,
    out: Annotated[
        pathlib.Path | None,
        typer.Option(help="The run's folder: checkpoints, logs, the trained model."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Sentence pairs: multi30k/en_de, tfds:NAME/CONFIG, a .tsv or .jsonl "
            "file, two files 'train.en,train.de', or a folder with train and "
            "validation files. Default: the recipe's own.",
        ),
    ] = None,
    data_dir: Annotated[
        pathlib.Path | None,
        typer.Option(help="The folder where a named dataset lies."),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Change a setting of the recipe; may be given several times.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads to compute with. Default: TensorFlow's."),
    ] = None,
    deterministic: Annotated[
        bool,
        typer.Option(
            "--deterministic", help="The same bits every time, somewhat slower."
        ),
    ] = False,
    show_list: Annotated[
        bool,
        typer.Option(
            "--list", help="List the recipes; with NAME, the settings of one. Then end."
        ),
    ] = False,
):
    """Train a model by its recipe, or go on with a run.

    Started again with the same command, a run goes on from its last checkpoint. The
    best weights are in OUT/model at the end, a folder for `zoo translate --model`,
    `zoo evaluate` and `zoo export`.
    """
    if name is None and not show_list:
        raise typer.BadParameter(
            "a recipe is missing. See them with: zoo train --list", param_hint="NAME"
        )
    if name is None:
        rows = [[recipe, _headline(_path(recipe))] for recipe in list_recipes()]
        typer.echo(columns(["NAME", "RECIPE"], rows))
        return
    if name not in list_recipes():
        raise Refusal(ExitCode.MODEL, _unknown(name))
    if show_list:
        fields = recipe_settings.describe(load_recipe(name).Settings)
        typer.echo(columns(["SETTING", "TYPE", "DEFAULT"], fields))
        return
    if out is None:
        raise typer.BadParameter("say where the run goes.", param_hint="--out")
    if out.exists() and not out.is_dir():
        raise Refusal(
            ExitCode.OUTPUT, f"{out} is a file. Name a folder for the run: --out"
        )
    recipe = load_recipe(name)
    try:
        settings = recipe_settings.override(recipe.Settings, assignments or [])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from None
    # Where it is not said, the recipe's own data is used.
    options = {} if data is None else {"data": data}
    recipe.train(
        out,
        data_dir=data_dir,
        settings=settings,
        threads=threads,
        deterministic=deterministic,
        **options,
    )
    typer.echo(f"The model is in {out / 'model'}")


def list_recipes():
    """Names of the recipes, in alphabetical order."""
    return sorted(path.stem for path in _folder().glob("*.py"))


def _folder():
    return catalog.resource("training", "recipes")


def _path(name):
    return _folder() / f"{name}.py"


def _headline(path):
    """The first line of a recipe's docstring, without its name."""
    import ast

    title = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return title.partition("\n")[0].removeprefix(f"{path.stem}: ")


def load_recipe(name):
    """The module of a recipe, which is no part of the package: loaded by its path."""
    module_name = f"zoo_recipe_{name}"
    if module_name not in sys.modules:
        loader = importlib.machinery.SourceFileLoader(module_name, str(_path(name)))
        spec = importlib.machinery.ModuleSpec(module_name, loader, origin=loader.path)
        module = importlib.util.module_from_spec(spec)
        # Dataclasses look their module up.
        sys.modules[module_name] = module
        try:
            with quiet():
                loader.exec_module(module)
        except BaseException:
            del sys.modules[module_name]
            raise
    return sys.modules[module_name]


def _unknown(name):
    from zoo.data.prepare import did_you_mean

    names = list_recipes()
    return (
        f"There is no recipe {name!r}.{did_you_mean(name, names)} Recipes: "
        f"{', '.join(names) or 'none installed'}."
    )
