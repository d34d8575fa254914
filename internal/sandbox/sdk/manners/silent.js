// The script says nothing of its state, and not whether it has heard an event, as the real one
// may.
manner.say = () => {};
manner.take = () => {};
