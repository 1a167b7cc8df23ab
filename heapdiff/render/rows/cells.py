"""A value of a row as text. Whoever prints it escapes it."""

from heapdiff.answers import Value

NOTHING = "-"


def show_value(value: Value) -> str:
    """As people read it: a number without the noise of its last digits."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(show_value, value))}]"
    return str(value)


def write_value(value: Value) -> str:
    """As programs read it: every digit, and an empty cell for nothing."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else show_value(value)


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
