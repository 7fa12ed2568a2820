"""Interleaved repeats with minima: whatever slows the machine for a while slows every candidate."""

import time
import timeit

CLOCK = time.perf_counter
SAMPLE = 0.004  # seconds one sample lasts at least: some ten thousand times the clock's own cost


def timer(call, args):
    """A timeit.Timer of call(*args) written with that many names, so that no tuple is unpacked."""
    names = [f"a{i}" for i in range(len(args))]
    scope = {"call": call, **dict(zip(names, args, strict=True))}
    return timeit.Timer(f"call({', '.join(names)})", globals=scope)


def calibrate(run):
    """How many calls make a sample, and the samples (seconds a call) taken on the way."""
    count = 1
    run.timeit(1)  # not counted: fills caches
    while True:
        took = run.timeit(count)
        if took >= SAMPLE:
            return count, [took / count]
        count = max(count + 1, min(count * 100, int(count * SAMPLE * 1.2 / max(took, 1e-7))))


def interleave(candidates, seconds, rounds=3):
    """Seconds a call, the minimum for each of the candidates.

    candidates  {name: (callable, arguments)}
    seconds     to spend on all of them, beyond the first samples; at least `rounds` of each are
                taken, but no more of one that needs longer than `seconds` for a single sample
    result      {name: seconds}
    """
    runs = {}
    for name, (call, args) in candidates.items():
        run = timer(call, args)
        runs[name] = (run, *calibrate(run))
    quick = [entry for entry in runs.values() if entry[1] * entry[2][0] <= seconds]
    end = CLOCK() + seconds
    done = 0
    while quick and (done < rounds or CLOCK() < end):
        for run, count, samples in quick:
            samples.append(run.timeit(count) / count)
        done += 1
    return {name: min(samples) for name, (_, _, samples) in runs.items()}
