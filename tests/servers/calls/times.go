package main

import "time"

var timeCases = []testCase{
	{name: "durations", run: func(n int) call {
		d := time.Duration(n)*time.Second + 5*time.Millisecond
		durations(d, -time.Nanosecond, []time.Duration{time.Hour})
		return call{symbol: "main.durations", args: values{{"d", d}, {"negative", -1}, {"list[0]", time.Hour}}}
	}},
	{name: "times", run: func(n int) call {
		// A time of now has a monotonic clock's reading, and the seconds since 1885; others have those since year 1.
		now := time.Now()
		bare := now.Round(0)
		old := time.Date(1815, 12, 10, 1, 2, 3, 4+n, time.FixedZone("somewhere", 3600))
		held := &deadline{At: now.Add(time.Hour)}
		times(now, bare, old, time.Time{}, held)
		return call{symbol: "main.times", args: values{
			{"now", instant(now)}, {"bare", instant(bare)}, {"old", instant(old)}, {"zero", instant(time.Time{})},
			{"held.At", instant(held.At)},
		}}
	}},
}

type deadline struct{ At time.Time }

//go:noinline
func durations(d, negative time.Duration, list []time.Duration) { sink += int(d) + len(list) }

//go:noinline
func times(now, bare, old, zero time.Time, held *deadline) {
	sink += now.Nanosecond() + bare.Nanosecond()
}
