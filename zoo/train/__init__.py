"""Training: loss, schedule, weight averaging, checkpoints and the loop's glue."""
