"""Where moto's Batch differs from AWS and our tool would notice (see `moto_corrections.py`)."""


def apply() -> None:
    """Corrects moto in this process; called once, by `moto_corrections.apply`."""
