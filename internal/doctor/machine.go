package doctor

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/checks"
)

// checkMachine looks at what is on this machine beside the settings.
func (e *examination) checkMachine(ctx context.Context) {
	e.check(ctx, "machine.secret_files", nil, e.secretFiles)
	e.check(ctx, "machine.time_zones", nil, timeZones)
}

// secretFiles looks at who may read or change the files that hold secrets.
func (e *examination) secretFiles(context.Context) checks.Check {
	var open, all []string
	for _, secret := range e.settings.Secrets() {
		name := secret.Name + "_FILE"
		info, err := os.Stat(os.Getenv(name)) // #nosec G703 -- whoever starts the program names the file
		if err != nil {
			continue // not set, or wrong, which is said with the settings
		}
		all = append(all, name)
		if info.Mode().Perm()&0o026 != 0 {
			open = append(open, name)
		}
	}
	switch {
	case len(all) == 0:
		return checks.OK("no secret comes from a file")
	case len(open) > 0:
		return checks.Warn("others may read or change what these name: %s", strings.Join(open, ", ")).
			MendBy("chmod 600, or 640 with the server's group; a container that nobody else is in may leave it")
	}
	return checks.OK("nobody else may read or change what these name: %s", strings.Join(all, ", "))
}

func timeZones(context.Context) checks.Check {
	zones := []string{"America/Sao_Paulo", "America/New_York", "Europe/Madrid"}
	for _, zone := range zones {
		if _, err := time.LoadLocation(zone); err != nil {
			return checks.Fail("there are no time zones here: %s is not known", zone).
				MendBy("install the system's tzdata, or build with -tags timetzdata")
		}
	}
	return checks.OK("known, such as %s", strings.Join(zones, ", "))
}
