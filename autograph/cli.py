"""python -m autograph: to_code, graph, explain, bench, cache.

Mistakes of the user are one line on stderr, without a traceback.
Exit status: 0 done, 1 it failed, 2 wrong usage.
"""

import argparse
import os
import sys

STAGES = ("graph", "optimized", "plan", "memory", "ir", "asm")


def parser():
    top = argparse.ArgumentParser(
        prog="python -m autograph",
        description="Look into and measure functions compiled by autograph.",
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name, run, text, **more):
        sub = commands.add_parser(name, help=text, description=text, **more)
        sub.set_defaults(run=run)
        return sub

    sub = command("to_code", to_code, "Print the converted source of a function.")
    sub.add_argument("target", metavar="FILE.py:f")
    sub.add_argument(
        "--args",
        default=None,
        help='trace it for these arguments, such as "27, limit=3.5", and say what each statement became',
    )

    sub = command(
        "graph", graph, "Print a function's graph, before and after optimization, and its code."
    )
    sub.add_argument("target", metavar="FILE.py:f")
    sub.add_argument("--args", default="", help='arguments to trace with, such as "27, limit=3.5"')
    sub.add_argument(
        "--stage",
        action="append",
        choices=STAGES,
        help="only this: traced graph, optimized graph, plan, peak memory, LLVM IR, assembly (may be repeated)",
    )

    sub = command(
        "explain",
        explain,
        "Run a function and say of each line whether it is native, Python or a callback, and its cost.",
    )
    sub.add_argument("target", metavar="FILE.py:f")
    sub.add_argument("--args", default="", help='arguments to run with, such as "27, limit=3.5"')
    sub.add_argument("--html", metavar="FILE", help="write it as a page of HTML instead of text")

    sub = command(
        "bench",
        bench,
        "Measure the project's cases, or a function of yours, against plain Python, NumPy and C.",
    )
    sub.add_argument(
        "names", nargs="*", metavar="CASE", help="cases or groups (default: all), or one FILE.py:f"
    )
    sub.add_argument(
        "--args", default=None, help='arguments for FILE.py:f, such as "27, limit=3.5"'
    )
    sub.add_argument("--list", action="store_true", help="say what there is, measure nothing")
    sub.add_argument("--json", metavar="FILE", help="the results as JSON, too; - is stdout")
    sub.add_argument(
        "--peers",
        action="store_true",
        help="beside Numba, JAX, TensorFlow, torch and numexpr, where these are installed",
    )
    sub.add_argument(
        "--peers-dir",
        metavar="DIR",
        help="where their virtual environments are (AUTOGRAPH_BENCH_PEERS)",
    )
    sub.add_argument("--make-peers", metavar="DIR", help="make these environments by pip, no more")
    sub.add_argument(
        "--plot", metavar="FILE", help="the results as a picture, .png or .svg (needs matplotlib)"
    )
    sub.add_argument(
        "--quick", action="store_true", help="small sizes, few repeats: seconds, but noisy"
    )

    sub = command("cache", cache, "Show or clear the disk cache of compiled code.")
    sub.add_argument("action", nargs="?", choices=("show", "clear"), default="show")
    sub = command(
        "run",
        run,
        "Run a model of ONNX: print its outputs, the time, and what ran as native code.",
    )
    sub.add_argument("model", metavar="MODEL.onnx")
    sub.add_argument(
        "input",
        nargs="*",
        metavar="[NAME=]FILE",
        help="an input: .npy, .npz (names are inputs), or .pb (a TensorProto)",
    )
    sub.add_argument("--random", action="store_true", help="random numbers for the other inputs")
    sub.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    sub.add_argument(
        "--dim",
        action="append",
        metavar="NAME=SIZE",
        help="the size of a dimension that the model only names (default: 1)",
    )
    sub.add_argument("--repeat", type=int, default=10, help="later runs to time (default: 10)")
    sub.add_argument("--output", metavar="FILE.npz", help="the outputs, as arrays by name")
    return top


def heading(text):
    return f"==== {text} " + "=" * max(4, 74 - len(text))


def to_code(options):
    import autograph as ag
    from autograph import target

    program = target.load(options.target)
    args, kwargs = (), {}
    if options.args is not None:
        args, kwargs = target.arguments(options.args, program)
        target.bind(program, args, kwargs, options.target)
    print(ag.to_code(program, *args, **kwargs))
    return 0


def memory_text(size, exact, text):
    if size < 0:
        head = "known at run time only; alive at the peak, in bytes:"
    else:
        head = f"{'' if exact else 'at most '}{size:,} bytes, results included, arguments not"
    return f"{head}\n{text}"


def graph(options):
    import autograph as ag
    from autograph import target

    program = target.load(options.target)
    args, kwargs = target.arguments(options.args, program)
    target.bind(program, args, kwargs, options.target)
    function = program if hasattr(program, "get_concrete_function") else ag.function(program)
    concrete = function.get_concrete_function(*args, **kwargs)
    if concrete.runs_as_python:
        print(f"autograph: there is no graph: {options.target} runs as Python: {concrete.runs_as_python}", file=sys.stderr)
        return 1
    traced = concrete.graph
    stages = options.stage or STAGES
    optimized = traced.optimize() if set(stages) - {"graph"} else None
    texts = {
        "graph": ("traced graph", lambda: traced.print_text()),
        "optimized": ("optimized graph", lambda: optimized.print_text()),
        "plan": ("plan of the interpreter", lambda: optimized.plan_text()),
        "memory": ("peak memory of the compiled code", lambda: memory_text(*optimized.memory())),
        "ir": ("LLVM IR", lambda: optimized.ir_text()),
        "asm": ("assembly", lambda: optimized.asm_text()),
    }
    for stage in stages:
        title, text = texts[stage]
        if len(stages) > 1:
            print(heading(title))
        print(text().rstrip("\n"))
    return 0


def explain(options):
    from autograph import target
    from autograph.explain import report

    program = target.load(options.target)
    args, kwargs = target.arguments(options.args, program)
    target.bind(program, args, kwargs, options.target)
    found = report(program, args, kwargs)
    if not options.html:
        print(found)
        return 0
    try:
        with open(options.html, "w", encoding="utf-8") as file:
            file.write(found.page())
    except OSError as error:
        raise target.TargetError(f"--html {options.html}: {error.strerror}") from None
    print(options.html)
    return 0


def bench(options):
    from autograph import bench as room

    return room.main(options)


def cache(options):
    from autograph import _core, config

    place = config.disk_cache()
    if place is None:
        print("no disk cache: AUTOGRAPH_CACHE=0, or no home directory")
        return 0
    clear = options.action == "clear"
    files, size = _core.cache_look(clear)
    entries = f"{files} {'entry' if files == 1 else 'entries'}, {size / 1e6:.1f} MB"
    print(f"{place}: {entries}{' removed' if clear else ''}")
    return 0


def run(options):
    from autograph import target

    try:
        from autograph.onnx import cli
    except ImportError as e:
        raise target.TargetError(str(e)) from None
    return cli.run(options)


def main(argv=None):
    """Runs one command; returns the exit status."""
    options = parser().parse_args(argv)
    from autograph.target import TargetError, where

    def failed(text):
        print(f"autograph: {text}", file=sys.stderr)
        return 1

    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except TargetError as error:
        return failed(error)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("AUTOGRAPH_TRACEBACK"):
            raise
        return failed(where(error))
