package store

import "sort"

// isBulk reports whether the rows of a commit go straight into pages. As single log rows they would soon have to be
// read and moved again.
func (d *Database) isBulk(c *Commit) bool {
	if len(c.Rows) > d.limits.BulkRowsMin {
		return true
	}
	bytes := 0
	for n := range c.Rows {
		bytes += len(c.Rows[n].Base.Text())
	}
	return bytes > d.limits.BulkBytesMin
}

// paginate spreads rows over new pages, model by model in the order of their first row.
func (d *Database) paginate(rows []Row) []plannedPage {
	var models []string
	byModel := map[string][]pageRow{}
	for n := range rows {
		row := &rows[n]
		if _, known := byModel[row.Model]; !known {
			models = append(models, row.Model)
		}
		byModel[row.Model] = append(byModel[row.Model],
			pageRow{seq: d.seq + 1, order: row.Order, id: row.ID, base: row.Base})
	}
	var pages []plannedPage
	number := d.dir.lastPage
	for _, model := range models {
		for _, part := range d.limits.split(byModel[model]) {
			number++
			pages = append(pages, plannedPage{model: model, number: number, rows: part})
		}
	}
	return pages
}

// split divides rows into the fewest pages that keep both limits, of about equal length: a short last page would soon
// be joined with others and written again. A row that is too large for a page gets a page of its own.
func (l Limits) split(rows []pageRow) [][]pageRow {
	all := 0
	for n := range rows {
		all += rows[n].size()
	}
	full := l.cut(rows, l.PageBytesMax)
	if len(full) < 2 {
		return full
	}
	even := l.cut(rows, min(l.PageBytesMax, all/len(full)+all/len(rows)))
	if len(even) > len(full) {
		return full
	}
	return even
}

// cut fills one page after another with at most that many bytes each.
func (l Limits) cut(rows []pageRow, bytesMax int) [][]pageRow {
	var parts [][]pageRow
	from, bytes := 0, 0
	for n := range rows {
		size := rows[n].size()
		if n > from && (n-from >= l.PageRowsMax || bytes+size > bytesMax) {
			parts = append(parts, rows[from:n])
			from, bytes = n, 0
		}
		bytes += size
	}
	if from < len(rows) {
		parts = append(parts, rows[from:])
	}
	return parts
}

// emptiedBy lists the pages that have no live row left once new pages are written.
func (d *Database) emptiedBy(written []plannedPage) []plannedPage {
	var emptied []plannedPage
	for n := range written {
		s := d.dir.models[written[n].model]
		if s == nil {
			continue
		}
		for _, row := range written[n].rows {
			slot := s.ids.find(row.id)
			if slot < 0 {
				continue
			}
			if page := s.page(s.places[slot].page); page != nil {
				page.leaving++
				if page.leaving == page.live {
					emptied = append(emptied, plannedPage{model: s.model, number: page.number})
				}
			}
		}
	}
	for _, s := range d.dir.models {
		for _, page := range s.pages {
			page.leaving = 0
		}
	}
	return emptied
}

// sorted returns the shelves by model name.
func (d *directory) sorted() []*shelf {
	shelves := make([]*shelf, 0, len(d.models))
	for _, s := range d.models {
		shelves = append(shelves, s)
	}
	sort.Slice(shelves, func(a, b int) bool { return shelves[a].model < shelves[b].model })
	return shelves
}
