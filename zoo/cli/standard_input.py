"""Text given to a command, as arguments or line by line on standard input."""

import sys

import typer

from zoo.cli.errors import ExitCode, Refusal


def texts(arguments):
    """Yields each text with the words that name it in an error.

    Args:
        arguments: list of strings, or None or an empty one to read standard input,
            each line as soon as it comes.

    Yields:
        Pairs of a name, e.g. `"Line 3"`, and the text without its line's end.

    Raises:
        Refusal: for text that is no UTF-8.
    """
    if arguments:
        for number, text in enumerate(arguments, start=1):
            if not _is_unicode(text):
                raise Refusal(ExitCode.INPUT, f"Text {number} is no UTF-8: {text!r}")
            yield f"Text {number}", text
        return
    if sys.stdin.isatty():
        typer.echo("Reading lines from the terminal; Ctrl-D ends them.", err=True)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise Refusal(
                ExitCode.INPUT,
                f"Line {number} of standard input: the byte 0x{line[error.start]:02x} "
                "is no UTF-8. Convert the text first, e.g. `iconv -f LATIN1 -t UTF-8`.",
            ) from None
        yield f"Line {number}", text.removesuffix("\n").removesuffix("\r")


def _is_unicode(text):
    """Whether an argument's bytes were UTF-8; Python keeps others as surrogates."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
