// Package kubernetes holds manifests, and the test that they are what Kubernetes knows and the
// intranet needs. It is a module of its own, so that nobody needs Kubernetes' types to build the
// intranet: go -C deploy/kubernetes test .
package kubernetes

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// manifests are the documents of all files, decoded without a field that is not known.
type manifests struct {
	deployment apps.Deployment
	service    core.Service
	budget     policy.PodDisruptionBudget
	ingress    networking.Ingress
	network    networking.NetworkPolicy
	job        batch.Job
	secrets    map[string]core.Secret
}

func read(t *testing.T) (m manifests) {
	t.Helper()
	m.secrets = map[string]core.Secret{}
	seen := 0
	for _, file := range []string{"intranet.yaml", "migrate.yaml", "secrets.example.yaml"} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(content), "\n---\n") {
			var kind meta.TypeMeta
			if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var secret core.Secret
			into := map[string]any{
				"apps/v1 Deployment": &m.deployment, "v1 Service": &m.service, "batch/v1 Job": &m.job,
				"policy/v1 PodDisruptionBudget": &m.budget, "networking.k8s.io/v1 Ingress": &m.ingress,
				"networking.k8s.io/v1 NetworkPolicy": &m.network, "v1 Secret": &secret,
			}[kind.APIVersion+" "+kind.Kind]
			if into == nil {
				t.Fatalf("%s: what is %s %s?", file, kind.APIVersion, kind.Kind)
			}
			text, err := yaml.YAMLToJSONStrict([]byte(document))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			// As the server decodes it: upper and lower case count, too.
			unknown, err := json.UnmarshalStrict(text, into)
			if err != nil || len(unknown) > 0 {
				t.Errorf("%s: %s: %v, %v", file, kind.Kind, unknown, err)
			}
			if secret.Name != "" {
				m.secrets[secret.Name] = secret
			}
			seen++
		}
	}
	if seen != 8 {
		t.Errorf("%d manifests", seen)
	}
	return m
}

// A pod is asked for requests while it is ready, started again only where it does not live, and has
// the time that it needs to shut down.
func TestAPodIsAskedWhileItIsReadyAndEndsInItsTime(t *testing.T) {
	t.Parallel()
	m := read(t)
	pod := m.deployment.Spec.Template.Spec
	c := pod.Containers[0]
	for name, probe := range map[string]*core.Probe{
		"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe, "/healthz at the start": c.StartupProbe,
	} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != strings.Fields(name)[0] ||
			probe.HTTPGet.Port.StrVal != c.Ports[0].Name || probe.TimeoutSeconds < 2 {
			t.Fatalf("%s: %v", name, probe)
		}
	}
	var drain time.Duration
	for _, argument := range c.Args {
		if text, ok := strings.CutPrefix(argument, "--drain="); ok {
			drain, _ = time.ParseDuration(text)
		}
	}
	unready := time.Duration(c.ReadinessProbe.PeriodSeconds*c.ReadinessProbe.FailureThreshold) * time.Second
	if drain <= unready {
		t.Errorf("it stops after %v, and is known not to be ready after %v", drain, unready)
	}
	const shutdown = 10 * time.Second // of the server
	if given := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second; given <= drain+shutdown {
		t.Errorf("it is killed after %v, and needs %v", given, drain+shutdown)
	}
	if !slices.Contains(c.Args, "--migrate=false") {
		t.Error("replicas migrate, with a role that may not")
	}
	rolling := m.deployment.Spec.Strategy.RollingUpdate
	if rolling.MaxUnavailable.IntVal != 0 || rolling.MaxSurge.IntVal < 1 {
		t.Errorf("a new version takes replicas away: %v", rolling)
	}
	if least := m.budget.Spec.MinAvailable.IntVal; least < 1 || least >= *m.deployment.Spec.Replicas {
		t.Errorf("of %d replicas %d must stay", *m.deployment.Spec.Replicas, least)
	}
}

// Containers run as nobody, write nothing, and know nothing of the cluster.
func TestContainersMayDoNothingButTheirWork(t *testing.T) {
	t.Parallel()
	m := read(t)
	for name, pod := range map[string]core.PodSpec{
		"intranet": m.deployment.Spec.Template.Spec, "migrate": m.job.Spec.Template.Spec,
	} {
		s := pod.SecurityContext
		if s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0 ||
			s.SeccompProfile == nil || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
			t.Errorf("%s runs as: %v", name, s)
		}
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Errorf("%s has a token of the cluster", name)
		}
		if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
			t.Errorf("%s has settings of other services in its environment", name)
		}
		if pod.HostNetwork || pod.HostPID || pod.HostIPC {
			t.Errorf("%s is part of its host", name)
		}
		for _, c := range append(pod.InitContainers, pod.Containers...) {
			s := c.SecurityContext
			if s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
				s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || s.Privileged != nil ||
				s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) ||
				len(s.Capabilities.Add) > 0 {
				t.Errorf("%s may: %v", c.Name, s)
			}
			if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
				t.Errorf("%s takes what it likes", c.Name)
			}
			if _, version, _ := strings.Cut(c.Image, ":"); version == "" || version == "latest" {
				t.Errorf("%s is of no version: %s", c.Name, c.Image)
			}
		}
	}
}

// Secrets are files, each where its setting looks for it, and the owner's are the job's alone.
func TestSecretsAreFiles(t *testing.T) {
	t.Parallel()
	m := read(t)
	for name, pod := range map[string]core.PodSpec{
		"intranet": m.deployment.Spec.Template.Spec, "intranet-owner": m.job.Spec.Template.Spec,
	} {
		var mounted []string
		for _, volume := range pod.Volumes {
			if volume.Secret != nil {
				mounted = append(mounted, volume.Secret.SecretName)
				if *volume.Secret.DefaultMode != 0o440 {
					t.Errorf("%s: the mode of its secrets is %o", name, *volume.Secret.DefaultMode)
				}
			}
		}
		if !slices.Equal(mounted, []string{name}) {
			t.Errorf("%s has the secrets %v", name, mounted)
		}
		var named []string
		for _, c := range append(pod.InitContainers, pod.Containers...) {
			for _, mount := range c.VolumeMounts {
				if mount.SubPath != "" {
					t.Errorf("%s: what is replaced is not seen in a sub-path", c.Name)
				}
			}
			for _, variable := range c.Env {
				if variable.ValueFrom != nil {
					t.Errorf("%s: %s may be a secret", c.Name, variable.Name)
				}
				if !strings.HasSuffix(variable.Name, "FILE") {
					continue
				}
				place := c.VolumeMounts[0].MountPath + "/"
				key, ok := strings.CutPrefix(variable.Value, place)
				if named = append(named, key); !ok || !c.VolumeMounts[0].ReadOnly {
					t.Errorf("%s: %s is not in %s", c.Name, variable.Name, place)
				}
			}
		}
		slices.Sort(named)
		if want := slices.Sorted(maps.Keys(m.secrets[name].StringData)); !slices.Equal(named, want) {
			t.Errorf("%s: the settings name %v, and the example has %v", name, named, want)
		}
	}
	for name, secret := range m.secrets {
		for key, value := range secret.StringData {
			if value != "" {
				t.Errorf("%s: %s has a value", name, key)
			}
		}
		if len(secret.Data) > 0 {
			t.Errorf("%s has values", name)
		}
	}
}

// Service, ingress, budget and network policy mean these pods and ports.
func TestNamesMeanWhatIsThere(t *testing.T) {
	t.Parallel()
	m := read(t)
	labels := m.deployment.Spec.Template.Labels
	for name, selected := range map[string]map[string]string{
		"deployment": m.deployment.Spec.Selector.MatchLabels, "service": m.service.Spec.Selector,
		"budget": m.budget.Spec.Selector.MatchLabels, "network": m.network.Spec.PodSelector.MatchLabels,
	} {
		if !maps.Equal(selected, labels) {
			t.Errorf("the %s is for %v", name, selected)
		}
	}
	var ports []string
	for _, port := range m.deployment.Spec.Template.Spec.Containers[0].Ports {
		ports = append(ports, port.Name)
	}
	if port := m.service.Spec.Ports[0]; port.TargetPort.StrVal != ports[0] {
		t.Errorf("the service leads to %v", port.TargetPort)
	}
	backend := m.ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service
	if backend.Name != m.service.Name || backend.Port.Name != m.service.Spec.Ports[0].Name {
		t.Errorf("the ingress leads to %v", backend)
	}
	for _, rule := range m.network.Spec.Ingress {
		if len(rule.From) == 0 || !slices.Contains(ports, rule.Ports[0].Port.StrVal) {
			t.Errorf("a rule lets in %v", rule)
		}
	}
	if len(m.network.Spec.PolicyTypes) != 2 || len(m.network.Spec.Egress) == 0 {
		t.Error("the pods may talk to anybody")
	}
	var image string
	for _, c := range append(m.deployment.Spec.Template.Spec.Containers, m.job.Spec.Template.Spec.InitContainers...) {
		if image != "" && c.Image != image {
			t.Errorf("two versions: %s and %s", image, c.Image)
		}
		image = c.Image
	}
	var url string
	for _, variable := range m.deployment.Spec.Template.Spec.Containers[0].Env {
		if variable.Name == "PUBLIC_URL" {
			url = variable.Value
		}
	}
	host := m.ingress.Spec.Rules[0].Host
	if url != "https://"+host || !slices.Equal(m.ingress.Spec.TLS[0].Hosts, []string{host}) {
		t.Errorf("PUBLIC_URL is %s, and the ingress is for %s", url, host)
	}
}
