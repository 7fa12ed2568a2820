"""What autograph does, on five programs; run by tools/demo.

Every function here is ordinary, undecorated Python; `ag.function` is all that is added.
"""

import os
import signal
import sys
import tempfile
import threading
import time

from brainfuck import PRIMES, brainfuck
from collatz import collatz, longest_chain
from mandelbrot import mandelbrot, write_png

import autograph as ag

PATIENCE = 15.0  # seconds plain Python may take before only a part of the work is given to it


def title(text):
    print(f"\n{text}\n{'-' * len(text)}")


def say(what, value):
    print(f"  {what:<34} {value}", flush=True)


def seconds(took):
    if took < 1e-3:
        return f"{took * 1e6:.0f} us"
    return f"{took * 1e3:.1f} ms" if took < 1 else f"{took:.2f} s"


def timed(call, *args):
    """(seconds, result) of one call."""
    start = time.perf_counter()
    result = call(*args)
    return time.perf_counter() - start, result


def compiled(program, *args):
    """Calls the compiled program twice and tells both times.

    Returns the seconds of the later call, its result and the function.
    """
    function = ag.function(program)
    first, result = timed(function, *args)
    say("first call, compiling included", seconds(first))
    later, result = timed(function, *args)
    say("later calls", seconds(later))
    return later, result, function


def faster(python, later, what="plain Python"):
    say("compared with " + what, f"{python / later:,.0f} times as fast")


def agree(expected, got):
    """The demo ends here when compiled code computed something else than Python."""
    if expected != got:
        sys.exit(f"compiled: {got!r}, plain Python: {expected!r}")


def chains():
    title("The longest Collatz chain below 1,000,000, on plain ints")
    limit, part = 1_000_000, 30_000
    took, expected = timed(longest_chain, part)
    # Chains grow slowly with their start: the whole takes a little more than this.
    estimate = took * (limit / part) * 1.22
    if estimate < PATIENCE:
        took, expected = timed(longest_chain, limit)
        say("plain Python", seconds(took))
    else:
        took, expected = estimate, None
        say("plain Python", f"about {took:.0f} s, estimated from the chains below {part:,}")
    later, result, function = compiled(longest_chain, limit)
    best, longest = map(int, result)
    if expected is None:
        agree(longest_chain(part), tuple(map(int, function(part))))
    else:
        agree(expected, (best, longest))
    faster(took, later)
    say("the chain", f"{best:,} takes {longest} steps to 1")


def picture():
    title("A Mandelbrot set, one escape loop a pixel")
    width, height, limit = 900, 600, 300
    small = (width // 6, height // 6, limit)
    took, counts = timed(mandelbrot, [0] * (small[0] * small[1]), *small)
    say("plain Python, a 36th of the pixels", seconds(took))
    blank = ag.constant([0] * (width * height), ag.int64)
    later, image, function = compiled(mandelbrot, blank, width, height, limit)
    blank = ag.constant([0] * (small[0] * small[1]), ag.int64)
    agree(counts, function(blank, *small).tolist())
    faster(took * 36, later, "36 times that")
    directory = "build" if os.path.isdir("build") else tempfile.gettempdir()
    path = os.path.join(directory, "mandelbrot.png")
    write_png(path, image.tolist(), width, height, limit)
    say("the picture", path)


def interpreter():
    title("A Brainf*** interpreter; tracing it with its program, a string, compiles the program")
    cells, room = 30_000, 200
    took, (out, n) = timed(brainfuck, PRIMES, [0] * cells, [0] * room)
    expected = bytes(out[:n])
    say("plain Python", seconds(took))
    tape = ag.constant([0] * cells, ag.int64)
    later, (out, n), _ = compiled(brainfuck, PRIMES, tape, ag.constant([0] * room, ag.int64))
    printed = bytes(out.tolist()[: int(n)])
    agree(expected, printed)
    faster(took, later)
    print(f"  it printed {printed.decode().strip()}")


def forever(n):
    while n >= 0:
        n = (n + 1) % 1000
    return n


def interrupt():
    title("Ctrl-C in a loop without end")
    function = ag.function(forever)
    function(-1)  # compiled, and back at once: the time below is that of the interrupt alone
    sent = []

    def press():
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.3, press)
    timer.start()
    try:
        function(0)
        sys.exit("the loop without end ended")
    except KeyboardInterrupt:
        took = time.perf_counter() - sent[0]
    timer.join()
    say("sent after 0.3 s of looping", f"KeyboardInterrupt {took * 1e3:.1f} ms later")
    say("and the process goes on", f"forever(-1) is {int(function(-1))}")


def inside():
    title("What became of collatz(n): the converted source")
    print(ag.to_code(collatz))
    graph = ag.function(collatz).get_concrete_function(27).graph
    title("its graph")
    print(graph.print_text().rstrip("\n"))
    title("and optimized")
    print(graph.optimize().print_text().rstrip("\n"))
    print("\nMore: python -m autograph graph tools/examples/collatz.py:collatz --args 27")


if __name__ == "__main__":
    for part in (chains, picture, interpreter, interrupt, inside):
        part()
