import autograph as ag


@ag.function(input_signature=[ag.TensorSpec([None], ag.float32)])
def squares(x):
    return ag.stack([v * v for v in x])


squares(ag.constant([1.0, 2.0]))
