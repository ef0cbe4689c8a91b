package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema"
)

// TestRecordBytes: what a server would not store is refused at save, as the server counts it.
func TestRecordBytes(t *testing.T) {
	const most = schema.RecordBytesMax - schema.RecordAddedBytes
	title := func(size int) string { return strings.Repeat("x", size-len(`{"id":"p1","title":""}`)) }
	refused := func(h *host) bool {
		return strings.Contains(h.lastLine("reply A"), fmt.Sprintf(" bytes; at most %d are stored", most))
	}
	h := upHost(t, "offline")
	if h.saved("p1", title(most+1)); !refused(h) {
		t.Errorf("a new record of one byte too many: %.100s", h.lastLine("reply A"))
	}
	if h.saved("p1", title(most)); refused(h) {
		t.Error("a new record of the size that is stored is refused")
	}
	h.lines = nil
	told(t, h, `save A m2 Post {"id":"p1","rating":1} fields {"rating":1}`)
	if !refused(h) {
		t.Errorf("one more field of a full record: %.100s", h.lastLine("reply A"))
	}
	told(t, h, `edit A p1 {"body":"more"}`)
	if !refused(h) {
		t.Errorf("an edit in the queue of a full record: %.100s", h.lastLine("reply A"))
	}
	h.lines = nil
	if told(t, h, `save A m3 Post {"id":"p1","title":"short"} fields {"title":"short"}`); refused(h) {
		t.Error("a shorter one is refused")
	}

	loose := newHost(loadSchema(t))
	told(t, loose, `up A {"validate":"loose"}`, "offline")
	loose.saved("p1", title(most+1))
	local := newHost(loadSchema(t))
	told(t, local, `up A {"endpoint":null}`)
	local.saved("p1", title(most+1))
	if refused(loose) || refused(local) {
		t.Error("it is refused although validate is loose, or although there is no server")
	}
	// One that came too long from elsewhere may get shorter, and keep its length.
	other := upHost(t)
	told(t, other, fmt.Sprintf(`others Post create {"id":"p1","title":%q,"rating":1}`, title(most+9)), "serve", "offline")
	if told(t, other, `save A m1 Post {"id":"p1","rating":2} fields {"rating":2}`); refused(other) {
		t.Error("a record that was too long before may not be saved as long as it was")
	}
}
