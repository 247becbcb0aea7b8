"""Errors that a user can mend: what, where and how, in one line."""


class MimnetError(Exception):
    """Bad input. Its text is one line that says what is wrong, where, and how to mend it.

    The command prints the text alone and exits with code 2.
    """
