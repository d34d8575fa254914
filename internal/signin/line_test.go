package signin

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// refused is the time after which somebody is to come again.
func refused(t *testing.T, l *line) time.Duration {
	t.Helper()
	_, err := l.enter()
	busy, ok := errors.AsType[busyError](err)
	if !ok {
		t.Fatalf("not refused: %v", err)
	}
	return busy.wait
}

func full(t *testing.T, places int, pace time.Duration) (l *line, all []place) {
	t.Helper()
	l = &line{places: places, pace: pace}
	for range places {
		p, err := l.enter()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return l, all
}

func TestTheLineHasSoManyPlaces(t *testing.T) {
	t.Parallel()
	l, all := full(t, 3, time.Millisecond)
	refused(t, l)
	all[1].leave()
	if _, err := l.enter(); err != nil {
		t.Fatal(err)
	}
	refused(t, l)
}

// Four hundred who find no place do not come again in the same second, but one after the
// other, as fast as they can be served; and nobody waits for long.
func TestWhoFindsNoPlaceComesWhenThereIsOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const pace = 20 * time.Millisecond
		l, _ := full(t, 100, pace)
		for n := range 400 {
			if wait, want := refused(t, l), time.Duration(100+n)*pace; wait != want {
				t.Fatalf("number %d is to come after %v, want %v", n, wait, want)
			}
		}
		perSecond := map[time.Duration]int{}
		for range 14_000 {
			wait := refused(t, l)
			perSecond[wait/time.Second]++
			if wait < 2*time.Second || wait > longestWait {
				t.Fatalf("somebody is to come after %v", wait)
			}
		}
		for second, many := range perSecond {
			if many > 600 { // ten times in turn for 14,000 people
				t.Errorf("after %v come %d", second*time.Second, many)
			}
		}
	})
}

// A slow machine tells people to come later, and a fast one earlier. But a line that does
// not move at all is empty after the patience of who is in it.
func TestTheLineKnowsHowFastItMoves(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]time.Duration{
		10 * time.Millisecond: 100 * time.Millisecond, 200 * time.Millisecond: 2 * time.Second, time.Second: hashPatience,
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &line{places: 10, pace: firstPace}
			for range 10 {
				var all []place
				for {
					p, err := l.enter()
					if err != nil {
						break
					}
					all = append(all, p)
				}
				for _, p := range all {
					time.Sleep(took) // of the bubble: it takes no time
					p.served()
					p.leave()
				}
			}
			// Nobody is let in who would not have their turn in time, but for the first.
			for n := 0; ; n++ {
				if _, err := l.enter(); err != nil {
					break
				}
				if time.Duration(n)*took > hashPatience*11/10 {
					t.Errorf("where each takes %v, there is a place for number %d", took, n)
				}
			}
			l.length, l.told = 10, time.Time{}
			if wait := refused(t, l); wait < want*9/10 || wait > want*11/10 {
				t.Errorf("where each takes %v, somebody is to come after %v", took, wait)
			}
		})
	}
}
