"""Programs that a test runs in a process of their own: what they do to it stays there."""

import os
import subprocess
import sys
import tempfile
import textwrap


def child(program, timeout=40, **env):
    """Runs a program with the default SIGINT (a shell may start us with it ignored); what it
    printed."""
    source = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        + textwrap.dedent(program)
    )
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "program.py")
        with open(file, "w") as out:
            out.write(source)
        command = [sys.executable, "-W", "ignore", file]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env=os.environ | env
        )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


SPIN = """
import os, threading, time
import autograph as ag

def spin(n):
    x = 0
    i = 0
    while i < n:
        x = (x * 3 + i) % 1000003
        i += 1
    return x

f = ag.function(spin)
assert f(100) == spin(100)
sent = None

def later(seconds=0.1):
    def send():
        global sent
        time.sleep(seconds)
        sent = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)
    threading.Thread(target=send).start()
"""
