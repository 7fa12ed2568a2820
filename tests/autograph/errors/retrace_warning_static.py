import warnings

import autograph as ag

warnings.simplefilter("error")


@ag.function
def pick(x, i):
    return (x, x + 1, x + 2, x + 3, x + 4, "none")[i]


for n in range(6):
    pick(ag.constant(1), n)
