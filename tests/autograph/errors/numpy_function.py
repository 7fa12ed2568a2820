import numpy as np

import autograph as ag


@ag.function
def spectrum(x):
    return np.fft.fft(x)


spectrum(ag.constant([1.0, 2.0]))
