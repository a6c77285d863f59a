import dataclasses

import pytest

from zoo.cli.settings import describe, override


@dataclasses.dataclass(frozen=True)
class Settings:
    epochs: int = 30
    learning_rate: float = 1.5e-3
    wiring: str = "conditional"
    mixed: bool = False
    patience: int | None = 8
    schedule: str | float = "cosine"


@pytest.mark.parametrize(
    ("assignment", "field", "value"),
    [
        ("epochs=3", "epochs", 3),
        ("epochs = 1_000", "epochs", 1000),
        ("learning_rate=1e-4", "learning_rate", 1e-4),
        ("learning-rate=2", "learning_rate", 2.0),
        ("wiring=bahdanau=x", "wiring", "bahdanau=x"),
        ("wiring=", "wiring", ""),
        ("mixed=yes", "mixed", True),
        ("mixed=False", "mixed", False),
        ("patience=None", "patience", None),
        ("patience=4", "patience", 4),
        ("schedule=0.5", "schedule", 0.5),
        ("schedule=linear", "schedule", "linear"),
    ],
)
def test_value_takes_its_fields_type(assignment, field, value):
    changed = override(Settings, [assignment])
    assert getattr(changed, field) == value
    assert type(getattr(changed, field)) is type(value)
    assert changed == dataclasses.replace(Settings(), **{field: value})


def test_the_later_one_counts():
    assert override(Settings, ["epochs=3", "mixed=on", "epochs=5"]) == Settings(
        epochs=5, mixed=True
    )


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epoch=3", "no setting 'epoch'. Did you mean 'epochs'.*learning_rate"),
        ("epochs", "FIELD=VALUE"),
        ("epochs=3.5", "epochs is of type int. Received: '3.5'"),
        ("epochs=", "epochs is of type int"),
        ("mixed=maybe", "mixed is of type bool"),
        ("patience=long", "patience is of type int or None"),
    ],
)
def test_wrong_assignments(assignment, message):
    with pytest.raises(ValueError, match=message):
        override(Settings, [assignment])


def test_description():
    rows = describe(Settings)
    assert rows[0] == ["epochs", "int", "30"]
    assert rows[4] == ["patience", "int or None", "8"]
