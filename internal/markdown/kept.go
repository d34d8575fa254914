package markdown

// keep takes a text over from before, or makes it what it becomes.
func (k *kept) keep(text string, become func(string) string) string {
	k.mu.Lock()
	became, found := k.before[text]
	k.mu.Unlock()
	if !found {
		became = become(text)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.newer == nil || k.size > maxKept {
		k.before, k.newer, k.size = k.newer, map[string]string{}, 0
	}
	if _, found := k.newer[text]; !found {
		k.size += len(text) + len(became)
		k.newer[text] = became
	}
	return became
}
