package sim

import (
	"slices"
	"time"
)

// Shrink shortens a failing plan: first the faults, then the operations, then the faults again. An
// entry stays when the same rule holds without it. It ends after that much time at the latest.
func Shrink(p *Plan, within time.Duration) *Plan {
	first := RunPlan(p, false).Failure
	if first == nil {
		return p
	}
	deadline := time.Now().Add(within)
	best := *p
	fails := func(candidate Plan) bool {
		f := RunPlan(&candidate, false).Failure
		return f != nil && f.Rule == first.Rule
	}
	for range 2 {
		best.Faults = leaveOut(best.Faults, deadline, func(list []Fault) bool {
			candidate := best
			candidate.Faults = list
			return fails(candidate)
		})
		best.Ops = leaveOut(best.Ops, deadline, func(list []Op) bool {
			candidate := best
			candidate.Ops = list
			return fails(candidate)
		})
	}
	return &best
}

// leaveOut removes parts of a list, half of it at first, then smaller ones, as long as it still fails.
func leaveOut[T any](list []T, deadline time.Time, fails func([]T) bool) []T {
	for size := (len(list) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(list); {
			if time.Now().After(deadline) {
				return list
			}
			shorter := slices.Concat(list[:from], list[min(from+size, len(list)):])
			if fails(shorter) {
				list = shorter
			} else {
				from += size
			}
		}
	}
	return list
}
