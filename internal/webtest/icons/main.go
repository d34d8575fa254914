// Command icons draws the icons of static/brand from its favicon.svg: what browsers and phones
// want as pictures. It needs Chromium. A team that has files of its own puts them there instead.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const folder = "static/brand"

// An icon is square. What phones cut to a shape of their own has a ground, and room around.
var icons = []struct {
	name   string
	size   int64
	room   int // around the drawing, in percent
	ground string
}{
	{"favicon.ico", 32, 0, ""},
	{"icon-192.png", 192, 0, ""},
	{"icon-512.png", 512, 0, ""},
	{"icon-maskable.png", 512, 20, "#FBF9F6"},
	{"touch-icon.png", 180, 12, "#FBF9F6"},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "icons:", err)
		os.Exit(1)
	}
}

func run() error {
	drawing, err := os.ReadFile(filepath.Join(folder, "favicon.svg"))
	if err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			options = append(options, chromedp.ExecPath(path))
			break
		}
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, leave := chromedp.NewContext(ctx)
	defer leave()
	for _, icon := range icons {
		page := fmt.Sprintf(`<!doctype html><style>body{margin:0;background:%s}img{position:fixed;inset:%d%%;width:%d%%;height:%d%%}</style>`+
			`<img src="data:image/svg+xml;base64,%s">`, icon.ground, icon.room, 100-2*icon.room, 100-2*icon.room,
			base64.StdEncoding.EncodeToString(drawing))
		picture, err := draw(ctx, icon.size, page)
		if err != nil {
			return fmt.Errorf("draw %s: %w", icon.name, err)
		}
		if filepath.Ext(icon.name) == ".ico" {
			picture = ico(picture, icon.size)
		}
		if err := os.WriteFile(filepath.Join(folder, icon.name), picture, 0o644); err != nil {
			return err
		}
		fmt.Printf("%6d  %s\n", len(picture), filepath.Join(folder, icon.name))
	}
	return nil
}

// draw is a picture of a page; what the page leaves open is transparent.
func draw(ctx context.Context, size int64, page string) ([]byte, error) {
	if err := chromedp.Do(ctx,
		chromedp.EmulateViewport(size, size),
		chromedp.Navigate("data:text/html;base64,"+base64.StdEncoding.EncodeToString([]byte(page))),
	); err != nil {
		return nil, err
	}
	ground := emulation.SetDefaultBackgroundColorOverrideParams{Color: &cdp.RGBA{}}
	if _, err := chromedp.Call(ctx, emulation.SetDefaultBackgroundColorOverride, ground); err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// ico is a PNG as the only picture of an .ico file.
func ico(picture []byte, size int64) []byte {
	var out bytes.Buffer
	const header = 6 + 16 // of the file, and of its picture
	for _, field := range []any{
		uint16(0), uint16(1), uint16(1), // reserved, an icon, one picture
		uint8(size), uint8(size), uint8(0), uint8(0), // width, height, no palette, reserved
		uint16(1), uint16(32), uint32(len(picture)), uint32(header), // planes, bits, length, place
	} {
		_ = binary.Write(&out, binary.LittleEndian, field) // a buffer takes everything
	}
	out.Write(picture)
	return out.Bytes()
}
