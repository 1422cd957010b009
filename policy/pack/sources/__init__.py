"""Where a stack can be read from: a recorded plan, an exported state, the engine."""
