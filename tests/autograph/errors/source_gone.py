import autograph as tf

operation = "+"
bigger = eval(f"tf.function(lambda a, b: a {operation} 1 if a > b else b)")

bigger(tf.constant(2), tf.constant(3))
