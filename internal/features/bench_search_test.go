package features_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
)

// BenchmarkSearch is a whole signed-in page of what two words find in the demo company,
// and the home page by turns with it: times-home is the ratio of their medians.
func BenchmarkSearch(b *testing.B) {
	const search = "search"
	if !slices.Contains(names(features.All()), search) {
		b.Skip("search was taken out")
	}
	i := newBenchmark(b, 0, seed.Company(time.Now()))
	for _, words := range []string{"home office", "horas extras", "ana analista", "mraia analista", "xyzzyq qwertz"} {
		b.Run(strings.ReplaceAll(words, " ", "-"), func(b *testing.B) {
			pages := [2]string{paths.Home, "/" + search + "?q=" + url.QueryEscape(words)}
			var took [2][]time.Duration
			for b.Loop() {
				for n, page := range pages {
					began := time.Now()
					i.get(b, page)
					took[n] = append(took[n], time.Since(began))
				}
			}
			slices.Sort(took[0])
			slices.Sort(took[1])
			middle := len(took[0]) / 2
			b.ReportMetric(0, "ns/op") // of both, which says nothing
			b.ReportMetric(float64(took[1][middle])/float64(took[0][middle]), "times-home")
		})
	}
}
