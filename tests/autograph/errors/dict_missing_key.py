import autograph as ag


@ag.function
def price(n):
    prices = {1: 10.0, 2: 18.0}
    return prices[n] * n


price(3)
