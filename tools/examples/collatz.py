"""Collatz chains: halve an even number, triple an odd one and add one, until 1 is reached."""


def collatz(n):
    """Steps from n to 1."""
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def longest_chain(limit):
    """The start below limit with the longest chain, and the steps of that chain."""
    best, longest = 1, 0
    for start in range(1, limit):
        steps = collatz(start)
        if steps > longest:
            best, longest = start, steps
    return best, longest


if __name__ == "__main__":
    import autograph as ag

    print(ag.function(longest_chain)(1_000_000))
