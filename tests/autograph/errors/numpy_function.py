import numpy as np

import autograph as ag


@ag.function
def simplest(x):
    return np.real_if_close(x)


simplest(ag.constant([1.0, 2.0]))
