import autograph as ag


@ag.function
def count(n):
    total = 0
    for i in n:
        total += i
    return total


count(5)
