package codec

import "unsafe"

// Table is a table while it is read or checked: the columns of a struct of slices.
type Table struct {
	Columns []Column
	MinRows int
	MaxRows int // 0 for no limit of its own
}

// Column is one column of a table: a slice, and what its cells are. [Cells] and
// [NullCells] make them.
type Column interface {
	// Optional gives the column as one that may be missing: its slice is nil then.
	Optional() Column
	// Required tells whether it may not be missing.
	Required() bool
	// Name is the column's name.
	Name() string
	// Cells gives a pointer to the slice.
	Cells() any

	missing() bool
	length() int
	reset()            // begins without a cell; one that may be missing begins missing
	start()            // begins without a cell, but there
	read(r *Reader)    // reads the next cell
	pad()              // adds a cell of which a problem is known
	checkAll(*Checker) // checks the cells
}

type column[T any] struct {
	name  string
	cells *[]T
	one   func(*Reader, *T)
	check func(*Checker, T)
	may   bool
}

// Cells describes a column whose cells are read with read; check is nil where they can
// break nothing.
func Cells[T any](name string, cells *[]T, read func(*Reader, *T), check func(*Checker, T)) Column {
	return &column[T]{name: name, cells: cells, one: read, check: check}
}

// chunk is how many cells that may be null are allocated at once.
const chunk = 64

// NullCells is [Cells] for cells that may be null: nil then. NaN counts as null, which is
// what pandas writes for a cell that is empty, but not as a float of an endpoint that
// takes NaN.
func NullCells[T any](name string, cells *[]*T, read func(*Reader, *T), check func(*Checker, T)) Column {
	_, floats := any(cells).(*[]*float64)
	var spare []T
	c := &column[*T]{name: name, cells: cells, one: func(r *Reader, v **T) {
		if r.Null() || !(floats && r.nonFinite == Literal) && !r.raw && r.err == nil && r.literal("NaN") {
			return
		}
		if len(spare) == 0 {
			var zero T
			if !r.Take(chunk * int64(unsafe.Sizeof(zero))) {
				return
			}
			spare = make([]T, chunk)
		}
		*v, spare = &spare[0], spare[1:]
		read(r, *v)
	}}
	if check != nil {
		c.check = func(k *Checker, v *T) {
			if v != nil {
				check(k, *v)
			}
		}
	}
	return c
}

func (c *column[T]) Optional() Column {
	c.may = true
	return c
}

func (c *column[T]) Name() string   { return c.name }
func (c *column[T]) Cells() any     { return c.cells }
func (c *column[T]) Required() bool { return !c.may }
func (c *column[T]) missing() bool  { return c.may && *c.cells == nil }
func (c *column[T]) length() int    { return len(*c.cells) }

func (c *column[T]) start() { *c.cells = []T{} }

func (c *column[T]) reset() {
	if *c.cells = nil; !c.may {
		c.start()
	}
}

func (c *column[T]) read(r *Reader) {
	cells := *c.cells
	var zero T
	// append at most doubles a full slice.
	if len(cells) == cap(cells) && !r.Take(int64(max(1, len(cells)))*int64(unsafe.Sizeof(zero))) {
		return
	}
	*c.cells = append(cells, zero)
	c.one(r, &(*c.cells)[len(cells)])
}

func (c *column[T]) pad() {
	var zero T
	*c.cells = append(*c.cells, zero)
}

func (c *column[T]) checkAll(k *Checker) {
	if c.check == nil {
		return
	}
	k.In(c.name)
	for i, v := range *c.cells {
		k.InItem(i)
		c.check(k, v)
		k.Out()
	}
	k.Out()
}

// ReadTable reads a table: a list of records, or an object of columns.
func ReadTable(r *Reader, t Table) bool {
	for _, c := range t.Columns {
		c.reset()
	}
	several := r.atPart() && len(r.part) > 1
	switch c := r.peek(); {
	case several, c == '[' && !r.raw:
		return r.records(&t)
	case c == '{' && !r.raw:
		return r.columns(&t)
	}
	return r.wrong("table_type", "a list of records or an object of columns")
}

// Find gives the place of a column, which is mostly the one guessed; -1 for none.
func (t *Table) Find(name []byte, guess int) int {
	if guess < len(t.Columns) && t.Columns[guess].Name() == string(name) {
		return guess
	}
	for i, c := range t.Columns {
		if c.Name() == string(name) {
			return i
		}
	}
	return -1
}

// records reads rows one after the other. Each has the columns that the first has.
func (r *Reader) records(t *Table) bool {
	if !r.Array() {
		return false
	}
	rows, want := 0, 0 // want is how many columns a row has
	for r.Item() {
		if t.MaxRows > 0 && rows >= t.MaxRows {
			r.Skip()
			rows++
			continue
		}
		has := 0
		if r.Object() {
			has = r.record(t, rows)
		} else {
			has = -1
		}
		if rows == 0 {
			for _, c := range t.Columns {
				if !c.missing() {
					want++
				}
			}
		}
		if has != want {
			r.fill(t, rows, has < 0)
		}
		rows++
	}
	r.rows(t, rows)
	return r.err == nil
}

// record reads the cells of a row and tells how many there are.
func (r *Reader) record(t *Table, row int) (has int) {
	next := 0
	for r.Field() {
		i := t.Find(r.Key(), next)
		if i < 0 {
			r.Unknown()
			continue
		}
		next = i + 1
		switch c := t.Columns[i]; {
		case c.length() > row:
			r.Skip()
			r.Problem("duplicate", "is given twice")
		case row > 0 && c.missing():
			r.Skip()
			r.Problem("table_column", "must be in all rows or in none: row 0 does not have it")
		default:
			c.read(r)
			has++
		}
	}
	return has
}

// fill reports the cells that a row does not have, unless the whole row is known to be
// none.
func (r *Reader) fill(t *Table, row int, known bool) {
	for _, c := range t.Columns {
		if c.length() > row || c.missing() || r.err != nil {
			continue
		}
		c.pad()
		if known {
			continue
		}
		// The row's own frame is left already: it is the item at hand.
		r.In(c.Name())
		if !c.Required() {
			r.Problem("table_column", "must be in all rows or in none: row 0 has it")
		} else {
			r.Missing()
		}
		r.Out()
	}
}

// columns reads one column after the other.
func (r *Reader) columns(t *Table) bool {
	if !r.Object() {
		return false
	}
	seen := make([]bool, len(t.Columns))
	counts := make([]int, len(t.Columns)) // -1 for what is no list
	next := 0
	for r.Field() {
		i := t.Find(r.Key(), next)
		if i < 0 {
			r.Unknown()
			continue
		}
		if next = i + 1; r.First(&seen[i]) {
			counts[i] = r.column(t, t.Columns[i])
		}
	}
	if r.err != nil {
		return false
	}
	rows := -1
	for i, c := range t.Columns {
		switch {
		case !seen[i] && c.Required():
			r.missing(c.Name())
		case seen[i] && counts[i] >= 0 && rows < 0:
			rows = counts[i]
		}
	}
	uneven(&r.Checker, t, max(rows, 0), func(i int) (int, bool) { return counts[i], seen[i] && counts[i] >= 0 })
	if rows >= 0 {
		r.rows(t, rows)
	}
	return r.err == nil
}

// column reads the cells of a column and tells how many there are.
func (r *Reader) column(t *Table, c Column) int {
	if !r.Array() {
		return -1
	}
	if c.missing() {
		c.start()
	}
	n := 0
	for ; r.Item(); n++ {
		if t.MaxRows > 0 && n >= t.MaxRows {
			r.Skip()
		} else {
			c.read(r)
		}
	}
	return n
}

// uneven reports the columns that have another number of cells than the first has.
func uneven(c *Checker, t *Table, rows int, cells func(i int) (n int, there bool)) {
	first := ""
	for i, col := range t.Columns {
		n, there := cells(i)
		switch {
		case !there:
		case first == "":
			first = col.Name()
		case n != rows:
			c.In(col.Name())
			c.Problem("table_column", "has %s, and column %s has %d", count(n, "cell"), first, rows)
			c.Out()
		}
	}
}

// rows wants as many rows as a table may have.
func (c *Checker) rows(t *Table, n int) {
	switch {
	case n < t.MinRows:
		c.Problem("too_short", "must have at least %s, not %d", count(t.MinRows, "row"), n)
	case t.MaxRows > 0 && n > t.MaxRows:
		c.Problem("too_long", "must have at most %s, not %d", count(t.MaxRows, "row"), n)
	}
}

// CheckTable checks the cells of a table, and that all its columns have as many.
func CheckTable(c *Checker, t Table) {
	rows := -1
	for _, col := range t.Columns {
		if !col.missing() && rows < 0 {
			rows = col.length()
		}
	}
	uneven(c, &t, max(rows, 0), func(i int) (int, bool) { return t.Columns[i].length(), !t.Columns[i].missing() })
	c.rows(&t, max(rows, 0))
	c.cells(&t)
}

func (c *Checker) cells(t *Table) {
	for _, col := range t.Columns {
		col.checkAll(c)
	}
}
