"""The disk cache: a second process finds the code, and never wrong code."""

import os
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
import sys
import autograph as ag

def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps

f = ag.function(collatz)
print(f(27))
print("disk cache" in f.explain())
"""


class Place:
    """Programs run with a cache directory of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.cache = folder / "cache"
        self.count = 0

    def run(self, program, *args, name="program.py", env={}, check=True):  # noqa: B006
        path = self.folder / name
        path.write_text(textwrap.dedent(program))
        settings = {"AUTOGRAPH_CACHE": str(self.cache), "AUTOGRAPH_TIERS": "0", **env}
        done = subprocess.run(
            [sys.executable, str(path), *args],
            env={k: v for k, v in {**os.environ, **settings}.items() if v is not None},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert not check or done.returncode == 0, done.stderr
        self.errors = done.stderr
        return done.stdout.split()

    def entries(self):
        return sorted(self.cache.glob("*.agc"))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_second_process_loads_the_code(place):
    assert place.run(PROGRAM) == ["111", "False"]
    assert place.cache.stat().st_mode & 0o777 == 0o700
    assert place.run(PROGRAM) == ["111", "True"]
    assert place.errors == ""


def test_cached_code_is_used_at_once_where_tiers_would_interpret_first(place):
    program = """
    import autograph as ag
    f = ag.function(lambda x: x * 2 + 1)
    print(f(ag.constant([1.0])).tolist())
    print("loaded" in f.explain())
    """
    assert place.run(program, env={"AUTOGRAPH_TIERS": "1"}) == ["[3.0]", "False"]
    assert place.run(program, env={"AUTOGRAPH_TIERS": "1"}) == ["[3.0]", "True"]


# ---- the same code or not ------------------------------------------------------------------------

OUTER = """
import autograph as ag
from helper import scale

LIMIT = 10

def make(offset):
    def f(x, factor=3):
        total = 0
        while total < LIMIT:
            total += scale(x) * factor + offset
        return total
    return f

f = ag.function(make(1))
print(f(2), "disk cache" in f.explain())
"""
HELPER = """
def scale(x):
    return x * 2
"""


@pytest.mark.parametrize(
    "old, new, result, cached",
    [
        ("x * 2", "x * 3", "19", "False"),
        ("LIMIT = 10", "LIMIT = 20", "26", "False"),
        ("make(1)", "make(2)", "14", "False"),
        ("factor=3", "factor=5", "21", "True"),  # an input of the code, like any number
        ("factor=3", "factor=3.5", "15.0", "False"),
        ("total = 0", "total = -1", "12", "False"),
    ],
    ids=[
        "callee in another module",
        "global",
        "closure cell",
        "default",
        "kind of default",
        "constant",
    ],
)
def test_what_the_trace_met_is_compiled_anew_when_it_changes(place, old, new, result, cached):
    def run(edit):
        (place.folder / "helper.py").write_text(edit(HELPER))
        return place.run(edit(OUTER), env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONSAFEPATH": None})

    assert run(str) == ["13", "False"]
    assert run(str) == ["13", "True"]
    assert run(lambda text: text.replace(old, new)) == [result, cached]
    assert run(str) == ["13", "True"]


def test_a_comment_changes_nothing_but_the_lines_of_errors(place):
    program = """
    import autograph as ag
    f = ag.function(lambda n, d: n // d)
    try:
        f(1, 0)
    except ZeroDivisionError as e:
        print(e.__traceback__.tb_next.tb_lineno, "disk cache" in f.explain())
    """
    assert place.run(program) == ["3", "False"]
    moved = program.replace("import", "# a comment\n\n    import")
    assert place.run(moved, name="other.py") == ["5", "True"]


def test_constants_and_variables_are_those_of_the_run(place):
    program = """
    import sys
    import numpy as np
    import autograph as ag
    table = np.arange(5.0, dtype=np.float32) * int(sys.argv[1])
    v = ag.Variable(float(sys.argv[1]))
    word = sys.argv[2]

    @ag.function
    def f(i):
        print("at", i, word)
        return ag.constant(table)[i] + v, ag.py_function(lambda x: x * int(sys.argv[1]), [i], ag.int64)

    a, b = f(ag.constant(3, ag.int64))
    print(float(a), int(b), "disk cache" in f.explain())
    """
    assert place.run(program, "10", "one") == "at 3 one 40.0 30 False".split()
    assert place.run(program, "10", "one")[-1] == "True"
    assert place.run(program, "7", "one") == "at 3 one 28.0 21 True".split()
    assert place.run(program, "7", "two")[:5] == "at 3 two 28.0 21".split()


def test_traces_do_not_depend_on_the_hash_seed(place):
    program = """
    import autograph as ag

    @ag.function
    def f(n, alpha, beta):
        gamma = delta = found = 0
        items = []
        for i in range(n):
            if i % 3 == 0:
                gamma += alpha
                epsilon = i
            elif i % 5 == 0:
                delta -= beta
                items.append(i)
            else:
                zeta, found = gamma + delta, found + 1
                if zeta > 100:
                    break
        return gamma, delta, found, len(items)

    print(*f(20, 3, 4), "disk cache" in f.explain())
    """
    first = place.run(program, env={"PYTHONHASHSEED": "1"})
    assert first[-1] == "False"
    for seed in ("2", "3", "4"):
        assert place.run(program, env={"PYTHONHASHSEED": seed}) == [*first[:-1], "True"]


def test_another_cpu_compiles_for_itself(place):
    assert place.run(PROGRAM)[1] == "False"
    assert place.run(PROGRAM, env={"AG_ISA": "sse2"}) == ["111", "False"]
    assert place.run(PROGRAM, env={"AG_ISA": "sse2"}) == ["111", "True"]
    assert place.run(PROGRAM) == ["111", "True"]


# ---- damage --------------------------------------------------------------------------------------


def test_loops_that_tests_cut_are_compiled_for_themselves(place):
    program = """
    import autograph as ag
    f = ag.function(lambda x: x * 2 + 1)
    print(f(ag.ones((40,)))[0].numpy(), "disk cache" in f.explain())
    """
    for grain in (None, "3", "1"):
        assert place.run(program, env={"AG_GRAIN": grain}) == ["3.0", "False"]
        assert place.run(program, env={"AG_GRAIN": grain}) == ["3.0", "True"]


def test_damaged_entries_are_ignored_and_written_anew(place):
    program = """
    import glob, os, sys
    import autograph as ag
    from autograph import config

    def double(x):
        return x * 2 + 1

    def call():
        f = ag.function(lambda x: double(x))
        return f(20), "disk cache" in f.explain()

    assert call() == (41, False) and call() == (41, True)
    (path,) = [p for p in glob.glob(config.disk_cache() + "/*.agc") if b"native code" in open(p, "rb").read()]
    good = open(path, "rb").read()

    def spoil(data):
        with open(path, "wb") as file:
            file.write(data)
        assert call() == (41, False), "a damaged entry was used"
        assert open(path, "rb").read() == good, "the entry was not written anew"

    for cut in (0, 1, 7, 39, 40, len(good) // 2, len(good) - 1):
        spoil(good[:cut])
    for at in [*range(0, 40, 5), *range(40, len(good), len(good) // 12)]:
        spoil(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
    spoil(good + b"more")
    spoil(b"something else")
    print("done")
    """
    assert place.run(program) == ["done"]
    assert place.errors == ""


# ---- where it lies -------------------------------------------------------------------------------

WHERE = """
import autograph as ag
f = ag.function(lambda x: x + 1)
print(f(1), ag.config.disk_cache())
"""


def test_where_the_cache_is(place):
    home = place.folder / "home"
    home.mkdir()
    unset = {"AUTOGRAPH_CACHE": None, "XDG_CACHE_HOME": None, "HOME": str(home)}
    assert place.run(WHERE, env=unset) == ["2", str(home / ".cache" / "autograph")]
    assert len(list((home / ".cache" / "autograph").iterdir())) > 0
    assert (home / ".cache").stat().st_mode & 0o777 == 0o700
    own = str(place.folder / "xdg")
    assert place.run(WHERE, env={**unset, "XDG_CACHE_HOME": own}) == ["2", f"{own}/autograph"]
    assert place.run(WHERE, env={**unset, "XDG_CACHE_HOME": "relative"})[1] == str(
        home / ".cache" / "autograph"
    )
    assert place.run(WHERE, env={**unset, "AUTOGRAPH_CACHE": "0"}) == ["2", "None"]
    assert place.run(WHERE, env={**unset, "AUTOGRAPH_CACHE": "~/own"}) == ["2", str(home / "own")]
    assert place.errors == ""


@pytest.mark.parametrize("home", [None, "", "relative"])
def test_without_a_home_there_is_none_and_no_word(place, home):
    env = {"AUTOGRAPH_CACHE": None, "XDG_CACHE_HOME": None, "HOME": home}
    assert place.run(WHERE, env=env) == ["2", "None"]
    assert place.errors == ""


def test_a_directory_that_cannot_be_written_is_one_warning(place):
    place.cache.write_text("a file")
    program = WHERE + "g = ag.function(lambda x: x + 2)\nprint(g(1))\n"
    assert place.run(program) == ["2", str(place.cache), "3"]
    assert place.errors.count("RuntimeWarning") == 1
    assert "Not a directory" in place.errors and "AUTOGRAPH_CACHE" in place.errors
    assert "program.py:4: " in place.errors
    assert place.cache.read_text() == "a file"
    place.cache.unlink()
    place.cache.mkdir(mode=0o777)
    place.cache.chmod(0o777)
    assert place.run(program)[0] == "2"
    assert place.errors.count("RuntimeWarning") == 1 and "other users may write" in place.errors
    assert place.run(program, env={"AUTOGRAPH_TIERS": "1"})[0] == "2"
    assert place.errors.count("RuntimeWarning") == 1
    assert list(place.cache.iterdir()) == []


def test_a_directory_that_goes_away_or_is_a_link(place):
    program = """
    import os, shutil, sys
    import autograph as ag
    from autograph import config

    def call():
        f = ag.function(lambda x: x * 5)
        return f(2), "disk cache" in f.explain()

    assert call() == (10, False)
    shutil.rmtree(config.disk_cache())
    assert call() == (10, False) and call() == (10, True)
    os.rename(config.disk_cache(), config.disk_cache() + "2")
    os.symlink(config.disk_cache() + "2", config.disk_cache())
    assert call() == (10, True)
    print("done")
    """
    assert place.run(program) == ["done"]
    assert place.errors == ""


def test_the_settings_of_a_program(place):
    program = """
    import sys
    import autograph as ag

    def call():
        f = ag.function(lambda x: x * 5)
        return f(2), "disk cache" in f.explain()

    ag.config.set_disk_cache(sys.argv[1])
    assert ag.config.disk_cache() == sys.argv[1]
    assert call() == (10, False) and call() == (10, True)
    ag.config.set_disk_cache(False)
    assert ag.config.disk_cache() is None and call() == (10, False)
    ag.config.set_disk_cache(sys.argv[1], max_bytes=4096)  # room for an entry of 512 bytes
    assert call() == (10, True)
    ag.config.set_disk_cache(True)
    assert call() == (10, False) and call() == (10, True)
    try:
        ag.config.set_disk_cache(True, max_bytes=-1)
    except ValueError as e:
        print(e)
    """
    out = place.run(program, str(place.folder / "own"))
    assert " ".join(out) == "set_disk_cache: max_bytes must not be negative, got -1"
    assert len(place.entries()) > 0


def test_cache_on_the_command_line(place):
    def cache(*args, **env):
        done = subprocess.run(
            [sys.executable, "-m", "autograph", "cache", *args],
            env={**os.environ, "AUTOGRAPH_CACHE": str(place.cache), **env},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert cache() == f"{place.cache}: 0 entries, 0.0 MB"
    place.run(PROGRAM)
    (place.cache / "notes.txt").write_text("not ours")
    count = len(place.entries())
    assert count > 0 and cache("show").startswith(f"{place.cache}: {count} entr")
    assert cache("clear").endswith("MB removed")
    assert [p.name for p in place.cache.iterdir()] == ["notes.txt"]
    assert cache(AUTOGRAPH_CACHE="0").startswith("no disk cache")


def test_the_tests_leave_the_users_cache_alone():
    import autograph as ag

    assert ag.config.disk_cache() is None


# ---- many processes ------------------------------------------------------------------------------


def test_eight_processes_compile_the_same_function(place):
    path = place.folder / "program.py"
    path.write_text(PROGRAM)
    env = {**os.environ, "AUTOGRAPH_CACHE": str(place.cache), "AUTOGRAPH_TIERS": "0"}
    running = [
        subprocess.Popen(
            [sys.executable, str(path)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for process in running:
        out, errors = process.communicate(timeout=60)
        assert out.split()[0] == "111" and errors == "" and process.returncode == 0
    assert place.run(PROGRAM) == ["111", "True"]
    assert all(p.suffix == ".agc" for p in place.cache.iterdir())


def test_killed_processes_leave_a_cache_that_works(place):
    program = """
    import sys
    import autograph as ag
    print("ready", flush=True)
    for i in range(10000):
        f = ag.function(lambda x: x * 3 + 4)
        assert f(2) == 10
        ag._core.cache_look(True)
    """
    path = place.folder / "loop.py"
    path.write_text(textwrap.dedent(program))
    env = {**os.environ, "AUTOGRAPH_CACHE": str(place.cache), "AUTOGRAPH_TIERS": "0"}
    for k in range(4):
        process = subprocess.Popen(
            [sys.executable, str(path)], env=env, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.03 * (k + 1))
        process.kill()
        process.communicate()
    again = program.replace("range(10000)", "range(20)").replace("ag._core.cache_look(True)", "")
    assert place.run(again) == ["ready"]


def test_a_child_of_a_fork_uses_the_cache(place):
    program = """
    import os
    import autograph as ag

    def call(n):
        f = ag.function(lambda x: x * n)
        return f(2) == 2 * n and "disk cache" in f.explain()

    call(5)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if call(5) and not call(6) and call(6) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    print(call(6))
    """
    assert place.run(program) == ["True"]


# ---- conversions ---------------------------------------------------------------------------------


def test_a_conversion_from_the_disk_is_the_one_that_was_made(tmp_path):
    import autograph as ag
    from autograph import convert
    from autograph.bench import dynamic, fronts, programs
    from autograph.convert import kept

    before = ag.config.disk_cache()
    ag.config.set_disk_cache(tmp_path)
    try:
        count = 0
        for module in (fronts, programs, dynamic):
            for fn in vars(module).values():
                if getattr(fn, "__module__", None) != module.__name__ or not hasattr(
                    fn, "__code__"
                ):
                    continue
                made = convert.translate(fn.__code__, fn.__globals__)
                kept.store(fn.__code__, (made.code, made.statements))
                code, statements = kept.load(fn.__code__)
                assert code == made.code and statements == made.statements
                assert list(code.co_positions()) == list(made.code.co_positions())
                count += 1
        assert count > 20
    finally:
        ag.config.set_disk_cache(before or False)


CONVERTED = """
import sys
import autograph as ag

def helper(n):
    assert n < 100, "too many"
    return n * 2 if n > 1 else n

@ag.function
def f(n):
    total = 0
    while total < n:
        total = total + helper(total) + 1
    return total

print(f(10), "autograph.convert.translation" in sys.modules, "ast" in sys.modules)
"""


def test_the_second_process_does_not_load_the_converter(place):
    assert place.run(CONVERTED) == ["10", "True", "True"]
    assert place.run(CONVERTED) == ["10", "False", "False"]


def test_the_import_loads_nothing_that_traces(place):
    program = """
    import sys, autograph
    rooms = "autograph.staging.", "autograph.convert."
    print(*[name for name in sys.modules if name.startswith(rooms)])
    """
    assert place.run(program) == ["autograph.staging.places"]


@pytest.mark.parametrize(
    "old, new, result",
    [("n * 2", "n * 3", "13"), ("n > 1", "n > 4", "22"), ("< n:", "<=n:", "31")],
)
def test_other_code_on_the_same_line_is_converted_anew(place, old, new, result):
    assert place.run(CONVERTED)[0] == "10"
    assert place.run(CONVERTED.replace(old, new)) == [result, "True", "True"]
    assert place.run(CONVERTED) == ["10", "False", "False"]


def test_assertions_of_an_optimizing_python_are_its_own(place):
    program = CONVERTED.replace("f(10)", "f(1000)")
    for _ in range(2):
        place.run(program, check=False)
        assert "too many" in place.errors
        done = subprocess.run(
            [sys.executable, "-O", str(place.folder / "program.py")],
            env={**os.environ, "AUTOGRAPH_CACHE": str(place.cache), "AUTOGRAPH_TIERS": "0"},
            capture_output=True,
            text=True,
        )
        plain = place.run(
            CONVERTED.replace("assert", "0 and")
            .replace("100, ", "100 or ")
            .replace("f(10)", "f(1000)")
        )
        assert done.stdout.split()[0] == plain[0]


def test_the_source_of_a_conversion_from_the_disk_is_that_of_decoration(place):
    program = """
    import autograph as ag

    def f(n):
        while n > 3:
            n = n // 2  # halved
        return n

    g = ag.function(f)
    with open(__file__, "w") as file:
        file.write("# nothing")
    print(g(9), "n = n // 2" in ag.to_code(g))
    """
    for _ in range(3):
        assert place.run(program) == ["2", "True"]


def test_executed_text_is_kept_as_well(place):
    program = """
    import autograph as ag
    space = {"ag": ag}
    exec("def f(n):\\n  while n > 3:\\n    n = n // 2\\n  return n\\n", space)
    f = ag.function(space["f"])
    print(f(9), "while_stmt" in ag.to_code(f))
    g = [ag.function(lambda x: x + 1 if x > 0 else 0), ag.function(lambda x: x + 2 if x > 0 else 1)]
    print(g[0](1), g[1](1))
    """
    for _ in range(2):
        assert place.run(program) == ["2", "True", "2", "3"]


EMPTIED = """
import threading
import autograph as ag

def power(n, k):
    product = 1
    for _ in range(k):
        product = product * n % 1000003
    return product

stop, found = threading.Event(), [[] for _ in range(6)]

def clear():
    while not stop.is_set():
        ag._core.cache_look(True)

def use(which):
    for k in range(6):
        f = ag.function(lambda n: power(n, 50 + 7 * which + k) + which)
        found[which].append(int(f(3)) == power(3, 50 + 7 * which + k) + which)

cleaner = threading.Thread(target=clear)
cleaner.start()
users = [threading.Thread(target=use, args=(k,)) for k in range(6)]
for thread in users:
    thread.start()
for thread in users:
    thread.join()
stop.set()
cleaner.join()
print(sum(map(all, found)), sum(map(len, found)))
"""


def test_cleared_while_threads_write_and_read(place):
    assert place.run(EMPTIED) == ["6", "36"]
    assert place.errors == ""
