"""Being told outside the desk: what the book says to people goes out by the channels of units and persons."""
