import autograph as ag


@ag.function
def factorial(n):
    if n <= 1:
        return n
    return n * factorial(n - 1)


factorial(ag.constant(5))
