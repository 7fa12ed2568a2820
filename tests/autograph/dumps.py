"""The program that to_code prints, executed: what it defines must do what the function did."""

from autograph.convert import to_code


def names_of(fn):
    """Where the dump of `fn` runs: its globals, and what it says it takes besides."""
    names = dict(fn.__globals__)
    names.pop(fn.__name__, None)
    for name, cell in zip(fn.__code__.co_freevars, fn.__closure__ or ()):
        try:
            value = cell.cell_contents
        except ValueError:
            continue
        names[value.__name__ if name == "__class__" else name] = value
    parameters = fn.__code__.co_varnames[: fn.__code__.co_argcount]
    given = fn.__defaults__ or ()
    names.update(
        {k: v for k, v in zip(parameters[len(parameters) - len(given) :], given) if k not in names}
    )
    names.update({k: v for k, v in (fn.__kwdefaults__ or {}).items() if k not in names})
    return names


def dumped(fn):
    """The function that the dump of `fn` defines."""
    fn = getattr(fn, "__func__", fn)
    text, names = to_code(fn), names_of(fn)
    exec(compile(text, f"<dump of {fn.__name__}>", "exec"), names)
    if fn.__name__ != "<lambda>":
        return names[fn.__code__.co_name]
    return names[f"lambda_L{fn.__code__.co_firstlineno}"]
