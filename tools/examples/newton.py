"""Square roots by Newton's method, as exact as float64 gets."""


def root(x):
    """The square root of x; ValueError below zero."""
    if x < 0:
        raise ValueError(f"no real root of {x}")
    if x == 0:
        return 0.0
    guess = x if x > 1 else 1.0
    while True:
        better = 0.5 * (guess + x / guess)
        if better >= guess:  # from above it only falls, until rounding stops it
            return guess
        guess = better


if __name__ == "__main__":
    import autograph as ag

    print(ag.function(root)(2.0))
