import autograph as ag


@ag.function(input_signature=[ag.TensorSpec([], ag.float32), ag.TensorSpec([], ag.float32)])
def double(x):
    return x + x


double(1.0)
