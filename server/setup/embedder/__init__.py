"""The embedder in the box: fetched by hash, and written in the form that onnxruntime runs fastest."""
