"""When does a double pendulum flip? One integration with an adaptive step for every pixel.

Two rods of length 1, two masses of 1, gravity 1, let go at rest. The picture's axes are the angles
of the rods, its colours the time until the first of them turns over.
"""

import math

import numpy as np


def slopes(a, b, u, v):
    """The accelerations of the angles a and b, which turn at the speeds u and v."""
    gap = a - b
    s, c = math.sin(gap), math.cos(gap)
    below = 2.0 - c * c
    first = (math.sin(b) * c - s * (v * v + u * u * c) - 2.0 * math.sin(a)) / below
    second = 2.0 * (math.sin(a) * c - math.sin(b) + s * (u * u + 0.5 * v * v * c)) / below
    return first, second


def flip_time(a, b, end, tolerance):
    """The time until a rod let go at the angles a and b turns over; end if none does before.

    Bogacki and Shampine (1989): steps of third order, as long as the error of the second allows.
    """
    t, h, u, v = 0.0, 0.05, 0.0, 0.0
    if 2.0 * math.cos(a) + math.cos(b) > 1.0:
        return end  # too little energy
    p1, q1 = slopes(a, b, u, v)
    while t < end:
        h = min(h, end - t)
        u2, v2 = u + 0.5 * h * p1, v + 0.5 * h * q1
        p2, q2 = slopes(a + 0.5 * h * u, b + 0.5 * h * v, u2, v2)
        u3, v3 = u + 0.75 * h * p2, v + 0.75 * h * q2
        p3, q3 = slopes(a + 0.75 * h * u2, b + 0.75 * h * v2, u3, v3)
        a4 = a + h / 9.0 * (2.0 * u + 3.0 * u2 + 4.0 * u3)
        b4 = b + h / 9.0 * (2.0 * v + 3.0 * v2 + 4.0 * v3)
        u4 = u + h / 9.0 * (2.0 * p1 + 3.0 * p2 + 4.0 * p3)
        v4 = v + h / 9.0 * (2.0 * q1 + 3.0 * q2 + 4.0 * q3)
        p4, q4 = slopes(a4, b4, u4, v4)
        error = 0.0
        for k1, k2, k3, k4 in (u, u2, u3, u4), (v, v2, v3, v4), (p1, p2, p3, p4), (q1, q2, q3, q4):
            error = max(error, h * abs(5.0 * k1 - 6.0 * k2 - 8.0 * k3 + 9.0 * k4) / 72.0)
        if error <= tolerance:
            t, a, b, u, v, p1, q1 = t + h, a4, b4, u4, v4, p4, q4
            if abs(a) > math.pi or abs(b) > math.pi:
                return t
        h *= min(3.0, max(0.3, 0.9 * (tolerance / (error + 1e-30)) ** (1.0 / 3.0)))
    return end


def flip_map(size, end, tolerance):
    """The flip times of size * size pairs of angles, f64 [size, size]: a right, b upwards."""
    times = np.zeros((size, size))
    for row in range(size):
        b = math.pi * (1.0 - 2.0 * (row + 0.5) / size)
        for column in range(size):
            a = math.pi * (2.0 * (column + 0.5) / size - 1.0)
            times[row, column] = flip_time(a, b, end, tolerance)
    return times


def colours(times, end):
    """Rows of colours for png.write: quick flips light, slow ones dark, none at all black."""
    stops = [
        (255, 252, 235),
        (255, 214, 102),
        (226, 88, 62),
        (98, 36, 112),
        (24, 18, 62),
        (16, 10, 34),
    ]
    times = np.asarray(times)
    place = np.sqrt(np.clip(times / end, 0, 1)) * (len(stops) - 1)
    shades = [np.interp(place, range(len(stops)), channel) for channel in zip(*stops, strict=True)]
    picture = np.stack(shades, axis=2)
    picture[times >= end] = 0
    return picture.round().astype(np.uint8)


if __name__ == "__main__":
    import png

    import autograph as ag

    png.write("pendulum.png", colours(ag.function(flip_map)(400, 30.0, 1e-6), 30.0))
    print("pendulum.png")
