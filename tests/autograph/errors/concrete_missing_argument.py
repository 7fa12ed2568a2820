import autograph as ag


@ag.function
def add(x, y):
    return x + y


added = add.get_concrete_function(ag.TensorSpec([], ag.float32), ag.TensorSpec([], ag.float32))
added(ag.constant(1.0))
