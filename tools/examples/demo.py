"""What autograph does, on programs of this directory; run by tools/demo.

Every function here is ordinary, undecorated Python; `ag.function` is all that is added.
"""

import os
import signal
import sys
import tempfile
import threading
import time

import edit_distance
import kmeans
import numpy as np
import pendulum
import png
import seam_carving
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


def place(name):
    """Where the demo's files go."""
    return os.path.join("build" if os.path.isdir("build") else tempfile.gettempdir(), name)


def part_and_whole(program, part, whole, what, tolerance=0.0):
    """Runs the part as plain Python and compiled, compares them, and runs the whole compiled.

    part, whole  arguments of the two
    what         the part in words
    Returns the result of the whole.
    """
    took, expected = timed(program, *part)
    say(f"plain Python, {what}", seconds(took))
    later, got, function = compiled(program, *part)
    for want, value in zip(as_tuple(expected), as_tuple(got), strict=True):
        if not np.allclose(value, want, rtol=tolerance, atol=0.0):
            sys.exit(f"compiled: {value!r}, plain Python: {want!r}")
    faster(took, later)
    traces = function.experimental_get_tracing_count()
    took, result = timed(function, *whole)
    if function.experimental_get_tracing_count() > traces:  # arrays of another size: another trace
        took, result = timed(function, *whole)
    say("all of it, compiled", seconds(took))
    return result


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


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
    path = place("mandelbrot.png")
    write_png(path, image.tolist(), width, height, limit)
    say("the picture", path)


def clusters():
    title("k-means of 1,797 handwritten digits, loops over NumPy arrays until none moves")
    pixels, labels = kmeans.digits()
    start = pixels[:10]
    found = part_and_whole(kmeans.kmeans, (pixels, start, 1), (pixels, start, 100), "one round")
    _, nearest, rounds = found
    part = kmeans.purity(np.asarray(nearest), labels)
    say("converged", f"after {rounds} rounds; {part:.0%} lie with digits like themselves")


def flips():
    title("When a double pendulum flips: an adaptive step for every pixel")
    size, end, tolerance = 200, 20.0, 1e-6
    times = part_and_whole(
        pendulum.flip_map,
        (10, end, tolerance),
        (size, end, tolerance),
        "100 of 40,000 pixels",
        1e-6,
    )
    path = place("pendulum.png")
    png.write(path, pendulum.colours(times, end))
    say("the picture", path)


def seams():
    title("Seam carving: a photo without what there is least to see in")
    photo = seam_carving.landscape(200, 320)
    carved = part_and_whole(seam_carving.carve, (photo, 2), (photo, 100), "2 of 100 seams")
    for name, image in ("photo.png", photo), ("carved.png", carved):
        path = place(name)
        png.write(path, seam_carving.rows(image))
        say("the picture", path)


def texts():
    title("Edit distance of two texts of 1,450 letters")
    early, signed = map(edit_distance.codes, (edit_distance.EARLY, edit_distance.SIGNED))
    part = early[:300], signed[:300]
    letters = part_and_whole(
        edit_distance.edit_distance, part, (early, signed), "300 letters of each"
    )
    say("Lincoln changed", f"{int(letters)} letters")


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
    for part in (chains, picture, clusters, flips, seams, texts, interpreter, interrupt, inside):
        part()
