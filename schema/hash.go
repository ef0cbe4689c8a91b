package schema

import (
	"hash/fnv"
	"sort"
)

// Hash is 16 hex digits over the compiled form: equal schemas have equal hashes, in whatever
// order their models and fields are written and whichever tool wrote them (Version and
// CodegenVersion don't count).
func (s *Schema) Hash() string {
	if s.hash == "" {
		return s.makeHash()
	}
	return s.hash
}

func (s *Schema) makeHash() string {
	canonical := &Schema{
		Models:    append([]*Model(nil), s.Models...),
		NonModels: append([]*NonModel(nil), s.NonModels...),
		Enums:     append([]*Enum(nil), s.Enums...),
	}
	for i, m := range canonical.Models {
		copied := *m
		copied.Fields = sortedFields(m.Fields)
		canonical.Models[i] = &copied
	}
	for i, n := range canonical.NonModels {
		canonical.NonModels[i] = &NonModel{Name: n.Name, Fields: sortedFields(n.Fields)}
	}
	sort.Slice(canonical.Models, func(i, j int) bool { return canonical.Models[i].Name < canonical.Models[j].Name })
	sort.Slice(canonical.NonModels, func(i, j int) bool {
		return canonical.NonModels[i].Name < canonical.NonModels[j].Name
	})
	sort.Slice(canonical.Enums, func(i, j int) bool { return canonical.Enums[i].Name < canonical.Enums[j].Name })
	h := fnv.New64a()
	h.Write(canonical.JSON())
	const hexDigits = "0123456789abcdef"
	sum := h.Sum64()
	text := make([]byte, 16)
	for i := range text {
		text[i] = hexDigits[sum>>(60-4*i)&15]
	}
	return string(text)
}

func sortedFields(fields []*Field) []*Field {
	sorted := append([]*Field(nil), fields...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	return sorted
}
