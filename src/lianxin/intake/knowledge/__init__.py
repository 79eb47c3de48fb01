"""The knowledge base: articles in versions, how they are looked up, kept, and named by an answer."""
