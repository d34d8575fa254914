package paths

// Tour ticks a step of the demo's guided tour off, or on again.
const Tour = "/tour"
