import autograph as ag


class Model:
    def __init__(self, w):
        self.w = w

    @ag.function
    def predict(self, x):
        return x * self.weight


Model(2.0).predict(ag.constant(1.0))
