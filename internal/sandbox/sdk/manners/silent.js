// The script says nothing of its state, as the real one may.
manner.say = () => {};
