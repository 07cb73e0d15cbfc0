"""ctransformers: the engine for files of the Llama 2 era, in a child that may die of them."""
