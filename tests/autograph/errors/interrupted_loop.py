import signal

import autograph as ag


@ag.function
def wait(n):
    while n > 0:
        n = n % 7 + 1
    return n


wait(0)
signal.setitimer(signal.ITIMER_REAL, 0.05)
signal.signal(signal.SIGALRM, signal.default_int_handler)
wait(3)
