"""Where orders go: dispatch, further units, returns decided together with the next owner."""
