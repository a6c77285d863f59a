"""The rules of the house: who may import whom, and where things stand."""

import ast
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = ROOT / "zoo"
MODULES = sorted(PACKAGE.rglob("*.py"))

ANY = None
# What each room may import of zoo when it is imported itself, and what besides that
# inside a function, where the import waits until it is needed.
ROOMS = {
    "files": ((), ()),
    "hypothesis": ((), ()),
    "markdown": ((), ()),
    "card": (("files", "markdown"), ()),
    "catalog": (("card", "files"), ("models",)),
    "layers": ((), ()),
    "decoding": ((), ()),
    "text": (("files",), ()),
    "images": (("files",), ()),
    "models": (
        ("layers", "decoding", "text", "images", "hypothesis"),
        ("train", "export"),
    ),
    "data": (("text", "images", "files", "catalog"), ()),
    "train": (("decoding", "evaluate", "card", "files", "hypothesis", "text"), ()),
    "export": (
        ("decoding", "text", "images", "card", "files", "hypothesis", "catalog"),
        ("device",),
    ),
    "device": (("card", "catalog", "files", "hypothesis", "text", "images"), ()),
    "evaluate": (ANY, ()),
    "plots": (("files", "hypothesis"), ()),
    "cli": (ANY, ()),
    "__init__": ((), ()),
}
# What else a room may import, where that is the point of the room.
PACKAGES = {
    "layers": {"keras", "numpy"},
    "decoding": {"keras", "numpy"},
    "hypothesis": {"numpy"},
    "files": set(),
    "markdown": set(),
    "card": set(),
    "__init__": set(),
}
HEAVY = {"tensorflow", "keras", "keras_hub", "tensorflow_text", "tensorflow_datasets"}
# No Keras at any time, so that a device needs none.
LIGHT = {"device", "card", "catalog", "files", "hypothesis", "plots"}
# Not packages: an import of one would find somebody else's.
SCRIPTS = {"datasets", "training", "tests", "saved_models"}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path, lazy):
    """Full names of the modules that a file imports, in functions if `lazy`."""

    def visit(node, inside):
        if isinstance(node, ast.Import) and inside == lazy:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and inside == lazy:
            base = node.module or ""
            if node.level:
                here = path.relative_to(ROOT).with_suffix("").parts
                base = ".".join([*here[: -node.level], *base.split(".")]).rstrip(".")
            if base == "zoo":
                yield from (f"zoo.{alias.name}" for alias in node.names)
            else:
                yield base
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside or function)

    return set(visit(ast.parse(path.read_text("utf-8")), False))


def rooms(names):
    return {name.split(".")[1] for name in names if name.startswith("zoo.")}


def packages(names):
    return {name.split(".")[0] for name in names} - {"zoo"} - sys.stdlib_module_names


def named(paths):
    return pytest.mark.parametrize(
        "path", list(paths), ids=lambda path: str(path.relative_to(ROOT))
    )


@named(MODULES)
def test_imports_run_one_way(path):
    here = room(path)
    assert here in ROOMS, f"say in ROOMS what zoo.{here} may import"
    at_import, in_functions = ROOMS[here]
    if at_import is ANY:
        assert here == "cli" or "cli" not in rooms(imports(path, lazy=False))
        return
    allowed = {here, *at_import}
    assert rooms(imports(path, lazy=False)) <= allowed
    assert rooms(imports(path, lazy=True)) <= allowed | set(in_functions)


@named(path for path in MODULES if room(path) in PACKAGES)
def test_layers_decoding_and_records_need_little(path):
    found = packages(imports(path, lazy=False) | imports(path, lazy=True))
    assert found <= PACKAGES[room(path)]


@named(path for path in MODULES if room(path) in LIGHT)
def test_the_device_needs_no_keras(path):
    found = packages(imports(path, lazy=False))
    if room(path) != "catalog":  # which imports Keras in `load`
        found |= packages(imports(path, lazy=True))
    assert not found & HEAVY


@named(MODULES)
def test_nobody_imports_the_folders_of_scripts(path):
    found = imports(path, lazy=False) | imports(path, lazy=True)
    assert not {name.split(".")[0] for name in found} & SCRIPTS


@named(path for path in MODULES if room(path) == "models")
def test_models_use_the_losses_of_train_alone(path):
    found = {name for name in imports(path, lazy=True) if name.startswith("zoo.train")}
    assert found <= {"zoo.train.losses"}


@pytest.mark.parametrize("name", ["datasets", "training", "tests"])
def test_folders_of_scripts_are_no_packages(name):
    folder = ROOT / name
    assert folder.is_dir()
    assert not list(folder.rglob("__init__.py"))


def test_files_are_named_after_one_idea():
    folders = (PACKAGE, ROOT / "datasets", ROOT / "training", ROOT / "tests")
    names = {path.name for folder in folders for path in folder.rglob("*.py")}
    assert not names & {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}


def test_tests_mirror_the_library():
    strays = [
        path.relative_to(ROOT)
        for path in (ROOT / "tests").glob("*/")
        if path.name != "__pycache__"
        and not (PACKAGE / path.name).is_dir()
        and not (ROOT / path.name).is_dir()
    ]
    assert not strays


def imported(statement):
    """Names of all modules that a fresh interpreter holds afterwards."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import zoo", {"numpy", "matplotlib", *HEAVY}),
        ("import zoo; zoo.list_models()", {"numpy", *HEAVY}),
        ("import zoo; zoo.plot_alignment", {"matplotlib", *HEAVY}),
        ("import zoo; zoo.Hypothesis", HEAVY),
        ("import zoo.text.pieces", HEAVY),
        # What `zoo.load` imports.
        ("import zoo.models", {"zoo.data", "zoo.train", "zoo.export", "zoo.evaluate"}),
    ],
)
def test_imports_stay_light(statement, unwanted):
    found = imported(statement) & unwanted
    assert not found


def test_every_public_name_is_there():
    imported("import zoo\nfor name in zoo.__all__: getattr(zoo, name)")


def test_unknown_public_name():
    import zoo

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = zoo.nothing
