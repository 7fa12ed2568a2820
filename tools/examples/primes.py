"""Primes by trial division: an early `return` inside a loop."""


def is_prime(n):
    if n < 2:
        return False
    d = 2
    while d * d <= n:
        if n % d == 0:
            return False
        d += 1
    return True


def count_primes(limit):
    """How many primes there are below limit."""
    count = 0
    for n in range(limit):
        if is_prime(n):
            count += 1
    return count


if __name__ == "__main__":
    import autograph as ag

    print(ag.function(count_primes)(1_000_000))
