import autograph as ag


@ag.function(input_signature=[ag.TensorSpec([None, 3], ag.float32)])
def total(x):
    return ag.reduce_sum(x)


total(ag.constant([1.0, 2.0, 3.0]))
