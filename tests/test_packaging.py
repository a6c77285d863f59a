"""The wheel, built and installed as a user would."""

import os
import pathlib
import subprocess
import sys
import tomllib
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8").splitlines()

# PyPI's limit for one file.
LARGEST_WHEEL = 100 * 1000**2


def normal(requirement):
    """A requirement's package name, without its version, extras and marker."""
    name = requirement.split(";")[0].split("[")[0]
    for sign in "<>=!~ ":
        name = name.split(sign)[0]
    return name.lower().replace("_", "-").strip()


def test_every_dependency_is_pinned_in_the_lock():
    project = PROJECT["project"]
    wanted = {
        normal(requirement)
        for requirements in (
            PROJECT["build-system"]["requires"],
            project["dependencies"],
            *project["optional-dependencies"].values(),
        )
        for requirement in requirements
    }
    pins = {normal(line) for line in LOCK if "==" in line.split(";")[0]}
    assert wanted - {"attention-zoo"} <= pins


def test_lock_is_plain():
    assert all("==" in line for line in LOCK)
    assert not any("://" in line or "--" in line for line in LOCK)


def run(*command, cwd):
    # Without what points at this checkout.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheel built from the sdist, and the one of an editable install."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", folder, "-t")
    run(*hatchling, "wheel:editable", cwd=ROOT)
    (editable,) = folder.glob("*.whl")
    (folder / "editable").mkdir()
    editable = editable.rename(folder / "editable" / editable.name)
    run(*hatchling, "sdist", cwd=ROOT)
    (sdist,) = folder.glob("*.tar.gz")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, sdist),
        cwd=folder,
    )
    (wheel,) = folder.glob("*.whl")
    return {"wheel": wheel, "editable": editable}


def shipped(*folders):
    tracked = subprocess.run(
        ["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True
    )
    return tracked.stdout.split("\n")[:-1]


@pytest.mark.slow
def test_wheel_holds_zoo_and_its_data_alone(wheels):
    with zipfile.ZipFile(wheels["wheel"]) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"zoo", f"attention_zoo-{PROJECT['project']['version']}.dist-info"}
    data = shipped("saved_models", "training/recipes", "datasets")
    expected = {*shipped("zoo"), *(f"zoo/{name}" for name in data)}
    assert {"zoo/catalog.py", "zoo/saved_models/README.md"} <= expected
    assert expected <= names
    assert not [name for name in names if name.endswith((".pyc", ".tmp"))]


@pytest.mark.slow
def test_wheel_fits_the_registry(wheels):
    assert wheels["wheel"].stat().st_size < LARGEST_WHEEL


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_installed_library_finds_its_data(wheels, kind, tmp_path):
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps"),
        wheels[kind],
        cwd=tmp_path,
    )
    code = (
        "import zoo, zoo.catalog as c; print(zoo.__file__); "
        "print(*(c.resource(*p).is_dir() for p in "
        "[('saved_models',), ('training', 'recipes'), ('datasets', 'multi30k')])); "
        "print(*zoo.list_models())"
    )
    where, found, models = run(python, "-c", code, cwd=tmp_path).split("\n")[:3]
    assert pathlib.Path(where).is_relative_to(ROOT if kind == "editable" else tmp_path)
    assert found.split() == ["True"] * 3
    expected = {
        pathlib.Path(name).parent.name for name in shipped("saved_models/*/card.json")
    }
    assert set(models.split()) == expected
