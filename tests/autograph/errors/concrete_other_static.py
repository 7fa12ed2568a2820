import autograph as ag


@ag.function
def scale(x, mode):
    return x * 2 if mode == "double" else x


scaled = scale.get_concrete_function(ag.TensorSpec([], ag.float32), "double")
scaled(ag.constant(1.0), "half")
