"""Names given on a command line: FILE.py:f, and the arguments of a call.

Every mistake is a TargetError whose message is one line for the user.
"""

import ast
import contextlib
import difflib
import importlib.util
import os
import sys


class TargetError(Exception):
    """What is wrong with the name or the arguments, in one line."""


def where(error):
    """'model.py:7: ValueError: text' for an exception: the innermost line of the user's code.

    Frames of this package are passed over.
    """
    home = os.path.dirname(os.path.abspath(__file__))
    place = ""
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{error.filename}:{error.lineno}: "
    else:
        traceback = error.__traceback__
        while traceback:
            code = traceback.tb_frame.f_code
            if not code.co_filename.startswith((home, "<frozen")):
                place = f"{code.co_filename}:{traceback.tb_lineno}: "
            traceback = traceback.tb_next
    text = (error.msg if isinstance(error, SyntaxError) else str(error)).strip()
    first = text.splitlines()[0] if text else ""
    return f"{place}{type(error).__name__}" + (f": {first}" if first else "")


def load(target):
    """The object that FILE.py:NAME means; NAME may have dots (Class.method).

    The file is run as a module of its own name, with its directory first on sys.path, as
    Python runs a script.
    """
    path, colon, name = target.rpartition(":")
    if not colon or not path or not name:
        raise TargetError(f"{target}: say which function: FILE.py:NAME")
    if not os.path.exists(path):
        raise TargetError(f"{path}: no such file")
    if not os.path.isfile(path):
        raise TargetError(f"{path}: not a file")
    module = load_module(os.path.abspath(path))
    found, walked = module, ""
    for part in name.split("."):
        if not hasattr(found, part):
            raise TargetError(f"{path}: {missing(found, part, walked)}")
        found = getattr(found, part)
        walked = f"{walked}.{part}" if walked else part
    if not callable(found):
        raise TargetError(f"{path}: {name} is no function, it is of type {type(found).__name__}")
    return found


def load_module(path):
    name = os.path.splitext(os.path.basename(path))[0]
    if not name.isidentifier() or name in sys.modules:
        name = f"_{abs(hash(path))}"
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(path))
    sys.modules[name] = module  # classes and pickles look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise TargetError(where(error)) from None
    except SystemExit:
        raise TargetError(f"{path}: the file ended the program while it was read") from None
    return module


def missing(owner, name, walked):
    """'no function `f`; did you mean `g`?' with the names there are."""
    names = [key for key, value in vars(owner).items() if callable(value) and key[0] != "_"]
    if not walked:  # a module: what it defines, not what it imports
        names = [
            key
            for key in names
            if getattr(plain(vars(owner)[key]), "__module__", 0) == owner.__name__
        ]
    close = difflib.get_close_matches(name, names, 1)
    text = f"no function {walked + '.' if walked else ''}{name}"
    if close:
        return f"{text}; did you mean {close[0]}?"
    return f"{text}; there is {', '.join(names[:8])}" if names else f"{text}, nor any other"


def plain(program):
    """The Python function under @ag.function, or the object itself."""
    return getattr(program, "python_function", program)


def arguments(text, program):
    """(args, kwargs) from text such as "27, limit=3.5".

    It is Python, evaluated among the names of the program's file, `ag` and `np`.
    """
    if not text.strip():
        return (), {}
    try:
        call = ast.parse(f"f({text}\n)", "--args", mode="eval").body
    except SyntaxError as error:
        raise TargetError(
            f"--args {text!r}: {error.msg}; write what stands between f( and )"
        ) from None
    if not isinstance(call, ast.Call) or getattr(call.func, "id", None) != "f":
        raise TargetError(f"--args {text!r}: write what stands between f( and )")
    import autograph as ag

    names = {"ag": ag, **getattr(plain(program), "__globals__", {})}
    if "np" in text and "np" not in names:
        with contextlib.suppress(ImportError):
            import numpy

            names["np"] = numpy
    call.func.id = "__take__"
    names["__take__"] = lambda *args, **kwargs: (args, kwargs)
    tree = ast.fix_missing_locations(ast.Expression(call))
    try:
        return eval(compile(tree, "--args", "eval"), names)
    except Exception as error:
        text_of = f"{type(error).__name__}: {error}".splitlines()[0]
        raise TargetError(f"--args {text!r}: {text_of}") from None


def bind(program, args, kwargs, name):
    """Checks that the program can be called so."""
    import inspect

    try:
        inspect.signature(plain(program)).bind(*args, **kwargs)
    except TypeError as error:
        raise TargetError(f"{name}: {error}; give the arguments with --args") from None
    except ValueError:
        pass  # no signature to be had: the call will tell
