"""From the IR to machine code: packed layout, emission through LLVM, the cache of object code."""
