package static

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/carameloai/intranet/static/brand"
)

// Browsers and phones find their icons, each of the kind and size that it says.
func TestIconsAreWhatTheySay(t *testing.T) {
	t.Parallel()
	a := assets(t)
	res := ask(t, a, a.Links.Manifest)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "application/manifest+json" ||
		!strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("the manifest: %d, %v", res.StatusCode, res.Header)
	}
	var manifest struct {
		Name      string
		ShortName string `json:"short_name"`
		StartURL  string `json:"start_url"`
		Icons     []struct{ Src, Sizes, Type, Purpose string }
	}
	if err := json.Unmarshal(body(t, res), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Name != brand.Company || manifest.ShortName != brand.Company || manifest.StartURL != "/" {
		t.Errorf("the manifest: %+v", manifest)
	}
	sizes := map[string]bool{}
	for _, icon := range manifest.Icons {
		res := ask(t, a, "/static/brand/"+icon.Src)
		if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); kind != icon.Type {
			t.Errorf("%s is %s, the manifest says %s", icon.Src, kind, icon.Type)
		}
		content := body(t, res)
		switch sizes[icon.Sizes+icon.Purpose] = true; icon.Type {
		case "image/png":
			if got := sizeOf(t, icon.Src, content); got != icon.Sizes {
				t.Errorf("%s is %s, the manifest says %s", icon.Src, got, icon.Sizes)
			}
		case "image/svg+xml":
			var drawing struct {
				XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
			}
			if err := xml.Unmarshal(content, &drawing); err != nil {
				t.Errorf("%s: %v", icon.Src, err)
			}
		}
	}
	for _, needed := range []string{"192x192", "512x512", "512x512maskable"} {
		if !sizes[needed] {
			t.Errorf("the manifest has no icon of %s", needed)
		}
	}
	if got := sizeOf(t, "touch-icon.png", body(t, ask(t, a, a.Links.TouchIcon))); got != "180x180" {
		t.Errorf("the touch icon is %s", got)
	}

	res = ask(t, a, "/favicon.ico")
	content := body(t, res)
	if res.Header.Get("Content-Type") != "image/x-icon" || res.Header.Get("Cache-Control") != "no-cache" ||
		res.Header.Get("ETag") == "" {
		t.Errorf("/favicon.ico: %v", res.Header)
	}
	// One picture, and where it lies: the rest of the file.
	const header = 22
	if len(content) < header || !bytes.HasPrefix(content, []byte{0, 0, 1, 0, 1, 0}) ||
		binary.LittleEndian.Uint32(content[18:]) != header || sizeOf(t, "favicon.ico", content[header:]) != "32x32" {
		t.Errorf("/favicon.ico is no icon of 32x32: % x", content[:min(len(content), header)])
	}
}

func sizeOf(t *testing.T, name string, picture []byte) string {
	t.Helper()
	config, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return fmt.Sprintf("%dx%d", config.Width, config.Height)
}

// A fork's own names stay as its file has them.
func TestAManifestKeepsItsNames(t *testing.T) {
	t.Parallel()
	got, err := named([]byte(`{"short_name": "Ours"}`))
	if want := `{"name":"` + brand.Company + `","short_name":"Ours"}`; err != nil || compact(t, got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := named([]byte(`{`)); err == nil {
		t.Error("half a manifest is served")
	}
}

func compact(t *testing.T, text []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
