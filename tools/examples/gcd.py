"""Euclid's algorithm: a simultaneous assignment as the body of a loop."""


def gcd(a, b):
    while b:
        a, b = b, a % b
    return abs(a)


if __name__ == "__main__":
    import autograph as ag

    print(ag.function(gcd)(2**40 * 3**9, 6**11))
