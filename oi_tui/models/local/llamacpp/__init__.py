"""llama.cpp, by the wheels of xllamacpp: the engine for every modern GGUF file."""
