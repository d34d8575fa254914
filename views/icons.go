package views

import (
	"maps"
	"slices"
)

// icons are the icons by name, drawn once. The one without a name is blank.
var icons = func() map[string]drawn {
	all := map[string]drawn{"": drawIcon("")}
	for name, path := range iconPaths {
		all[name] = drawIcon(`<path d="` + path + `"></path>`)
	}
	return all
}()

// IconNames are the names of all icons, in order.
func IconNames() []string { return slices.Sorted(maps.Keys(iconPaths)) }

func drawIcon(path string) drawn {
	return drawn(`<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" ` +
		`stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` +
		path + `</svg>`)
}

// iconPaths are the paths of the icons by name: 24 by 24, strokes only.
var iconPaths = map[string]string{
	"home": "M4 11.5 12 5l8 6.5M6 10v9h4.5v-5h3v5H18v-9",
	"people": "M9 11.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM3 19c0-3 2.7-5 6-5s6 2 6 5" +
		"M15.5 5.2a3.25 3.25 0 0 1 0 6.1M17.5 14.4c2.1.7 3.5 2.3 3.5 4.6",
	"chat": "M12 4.5c4.7 0 8.5 3.2 8.5 7.2s-3.8 7.3-8.5 7.3c-1 0-2-.2-3-.5L4.5" +
		" 20l1.2-3.6c-1.4-1.2-2.2-2.9-2.2-4.7 0-4 3.8-7.2 8.5-7.2Z",
	"calendar": "M4.5 6.5h15v13h-15v-13ZM4.5 11h15M8.5 4v4.5M15.5 4v4.5",
	"book":     "M12 7c-1.7-1.3-4-2-7.5-2v12.5c3.5 0 5.8.7 7.5 2 1.7-1.3 4-2 7.5-2V5C16 5 13.7 5.7 12 7ZM12 7v12.5",
	"clock":    "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 7.5V12l3 2",
	"place": "M12 20.5c4-4.2 6-7.5 6-10.3a6 6 0 0 0-12 0c0 2.8 2 6.1 6 10.3Z" +
		"M12 12.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5Z",
	"news": "M4.5 5.5h12v13h-11a1 1 0 0 1-1-1v-12Z" +
		"M16.5 9.5h3v7.5a1.5 1.5 0 0 1-3 0M7.5 9h6M7.5 12.25h6M7.5 15.5h3.5",
	"done":    "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM8.5 12.25l2.5 2.5 4.5-5",
	"menu":    "M4 7h16M4 12h16M4 17h16",
	"leave":   "M13.5 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h6.5M10.5 12H20m-3.5-3.5L20 12l-3.5 3.5",
	"search":  "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM16 16l4 4",
	"pin":     "M9 4h6l-.8 6 2.8 3.5H7L9.8 10 9 4ZM12 13.5V20",
	"next":    "M5 12h14m-5-5 5 5-5 5",
	"back":    "M19 12H5m5-5-5 5 5 5",
	"up":      "M12 19V5m-5 5 5-5 5 5",
	"down":    "M12 5v14m-5-5 5 5 5-5",
	"outward": "M8 16 17 7M9 7h8v8",
	"mail":    "M4 6.5h16v11H4v-11ZM4.5 7 12 13l7.5-6",
	"phone": "M6.5 4.5h3l1.5 4-2 1.5a11 11 0 0 0 5 5l1.5-2 4 1.5v3a1.5 1.5 0 0 1-1.6 1.5A15 15 0 0 1 5 6.1a1.5" +
		" 1.5 0 0 1 1.5-1.6Z",
	"team": "M5 20V5.5h9V20M14 10h5v10M3.5 20h17M8 9h3M8 12.5h3M8 16h3",
	"language": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM4 12h16" +
		"M12 4c2.2 2.2 3.3 4.9 3.3 8S14.2 17.8 12 20c-2.2-2.2-3.3-4.9-3.3-8S9.8 6.2 12 4Z",
	"flask":   "M9.5 4h5M10.5 4v5.5L5.5 18a1.4 1.4 0 0 0 1.2 2h10.6a1.4 1.4 0 0 0 1.2-2l-5-8.5V4M8 15h8",
	"keys":    "M11.5 16a3.75 3.75 0 1 1-7.5 0 3.75 3.75 0 0 1 7.5 0ZM10.5 13.5 19.5 4.5M16 8l3 3M13 11l2 2",
	"list":    "M8.5 6.5H20M8.5 12H20M8.5 17.5H20M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01",
	"blocked": "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM6.4 6.4l11.2 11.2",
	"pulse":   "M3.5 12.5h4l2.5-7 4 13 2.5-6h4",
	"fold":    "m7 10 5 5 5-5",
}
