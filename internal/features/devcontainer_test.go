package features_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// The container for development has what CI would install, and the Go of go.mod.
func TestTheDevcontainerHasWhatTestsNeed(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	var container struct {
		Name  string `json:"name"`
		Build struct {
			Dockerfile string `json:"dockerfile"`
		} `json:"build"`
		RemoteUser        string                       `json:"remoteUser"`
		ForwardPorts      []int                        `json:"forwardPorts"`
		PortsAttributes   map[string]map[string]string `json:"portsAttributes"`
		PostCreateCommand string                       `json:"postCreateCommand"`
		Customizations    map[string]any               `json:"customizations"`
	}
	strict := json.NewDecoder(bytes.NewReader([]byte(read(".devcontainer/devcontainer.json"))))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&container); err != nil {
		t.Fatal(err)
	}
	dockerfile := read(".devcontainer/" + container.Build.Dockerfile)
	for _, m := range regexp.MustCompile(`missing\+=\(([^)]*)\)`).FindAllStringSubmatch(read(".ci/run"), -1) {
		for _, name := range strings.Fields(m[1]) {
			// Compose and systemd are the machine's, not a container's.
			if name != "docker-compose" && name != "systemd" && !strings.Contains(dockerfile, " "+name) {
				t.Errorf(".ci/run installs %s, the container has none", name)
			}
		}
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read("go.mod"))
	if version == nil || !strings.Contains(dockerfile, "golang:"+version[1]+"-") {
		t.Errorf("the container has another Go than %v", version)
	}
}

// Every target that a document tells people to make is there.
func TestDocumentsNameTargetsThatAreThere(t *testing.T) {
	t.Parallel()
	makefile, err := fs.ReadFile(root, "Makefile")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`make ([a-z -]+)`")
	for _, name := range []string{"README.md", "docs/contributing.md", "docs/forking.md"} {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(content), -1) {
			for _, target := range strings.Fields(m[1]) {
				if !bytes.Contains(makefile, []byte("\n"+target+":")) {
					t.Errorf("%s names make %s", name, target)
				}
			}
		}
	}
}
