package context

import "testing"

func isDone(c Context) bool {
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}

func TestCancelReachesChildren(t *testing.T) {
	parent, cancel := WithCancel(Background())
	child, cancelChild := WithCancel(parent)
	sibling, cancelSibling := WithCancel(parent)
	defer cancelSibling()
	if isDone(parent) || child.Err() != nil {
		t.Fatal("a new context is cancelled")
	}
	cancelChild()
	cancelChild()
	if !isDone(child) || child.Err() != Canceled || isDone(parent) || isDone(sibling) {
		t.Fatal("a child's cancelling reached others or not itself")
	}
	cancel()
	if !isDone(parent) || !isDone(sibling) || sibling.Err() != Canceled {
		t.Fatal("cancelling did not reach the child")
	}
	late, cancelLate := WithCancel(parent)
	defer cancelLate()
	if !isDone(late) {
		t.Fatal("a child of a cancelled context is alive")
	}
}
