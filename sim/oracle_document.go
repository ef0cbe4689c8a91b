package sim

import "strings"

// document is the text of a request, taken apart.
type document struct {
	kind   string // mutation, sync, get
	model  string
	fields []documentField
}

type documentField struct{ alias, operation, model, input, condition string }

// takeApart reads the documents that the engine writes. Others are nobody's.
func (o *oracle) takeApart(text string) *document {
	if known := o.documents[text]; known != nil {
		return known
	}
	d := &document{}
	o.documents[text] = d
	open := strings.Index(text, "){")
	if open < 0 {
		return d
	}
	body := text[open+2:]
	if !strings.HasPrefix(text, "mutation") {
		name, _, _ := strings.Cut(body, "(")
		for model, shape := range modelShapes {
			switch name {
			case "sync" + shape.plural:
				d.kind, d.model = "sync", model
			case "get" + model:
				d.kind, d.model = "get", model
			}
		}
		return d
	}
	d.kind = "mutation"
	for {
		head, rest, more := strings.Cut(body, "(")
		if !more || strings.Contains(head, "}") {
			return d
		}
		arguments, after, _ := strings.Cut(rest, ")")
		f := documentField{alias: strings.TrimSpace(head)}
		name := f.alias
		if alias, field, aliased := strings.Cut(name, ": "); aliased {
			f.alias, name = alias, field
		}
		f.operation, f.model = name[:6], name[6:]
		for _, argument := range strings.Split(arguments, ", ") {
			switch name, variable, _ := strings.Cut(argument, ": $"); name {
			case "input":
				f.input = variable
			case "condition":
				f.condition = variable
			}
		}
		d.fields = append(d.fields, f)
		end := strings.Index(after, "}")
		if end < 0 || f.alias == name {
			return d
		}
		body = after[end+1:]
	}
}
